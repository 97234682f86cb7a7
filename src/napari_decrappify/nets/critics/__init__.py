"""Nets that judge whether an image was made or taken."""
