"""Holes in a stack filled from the planes beside them, where these know the place."""
