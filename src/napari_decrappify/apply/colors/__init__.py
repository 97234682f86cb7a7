"""Colours for grey images: what a net finds, and what a user wants, put on the image's own luma."""
