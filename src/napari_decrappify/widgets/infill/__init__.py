"""The infill dock."""
