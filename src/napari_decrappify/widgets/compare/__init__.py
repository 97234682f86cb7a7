"""The compare dock."""
