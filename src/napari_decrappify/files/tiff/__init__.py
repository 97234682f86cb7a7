"""TIFF: read by its frames and segments, written as what it came from."""
