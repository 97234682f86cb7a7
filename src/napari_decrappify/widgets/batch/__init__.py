"""The batch dock."""
