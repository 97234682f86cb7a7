"""Image files in and out: PNG, JPEG, TIFF, BMP and WebP, with their bits, profile, resolution and axes; GIF in."""

from .heading import Heading, read_heading, read_plane
from .image_file import READABLE, SUFFIXES, ImageFile, Metadata, Resolution
from .reading import read_image
from .walk import picture_files
from .writing import write_image

__all__ = [
    "READABLE",
    "SUFFIXES",
    "Heading",
    "ImageFile",
    "Metadata",
    "Resolution",
    "picture_files",
    "read_heading",
    "read_image",
    "read_plane",
    "write_image",
]
