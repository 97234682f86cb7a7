"""The colourise dock."""
