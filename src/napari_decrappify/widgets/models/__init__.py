"""The models dock."""
