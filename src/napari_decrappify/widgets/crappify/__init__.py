"""The crappify dock and its editor of compositions."""
