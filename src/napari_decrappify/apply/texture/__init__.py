"""Texture for filled holes, from the picture around them."""
