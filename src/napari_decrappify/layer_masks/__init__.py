"""Masks and hints drawn in napari, in labels, shapes, points or images, brought onto the pixel grid of an image."""

from .hints import hints_of
from .mask import LayerMask, Mask, mask_of

__all__ = ["LayerMask", "Mask", "hints_of", "mask_of"]
