"""Masks drawn in napari, in labels, shapes, points or images, brought onto the pixel grid of an image."""

from .mask import LayerMask, Mask, mask_of

__all__ = ["LayerMask", "Mask", "mask_of"]
