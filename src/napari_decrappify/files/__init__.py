"""Image files in and out: PNG, JPEG, TIFF, BMP and WebP, with their bits, profile, resolution and axes; GIF in."""

from .errands import Errand, check_free, is_folder, is_there, mirrored, real, told_apart
from .heading import Heading, read_heading, read_planes
from .image_file import READABLE, SUFFIXES, ImageFile, Metadata, Resolution
from .outcomes import Report, outcomes
from .reading import read_image
from .walk import picture_files
from .writing import write_image

__all__ = [
    "READABLE",
    "SUFFIXES",
    "Errand",
    "Heading",
    "ImageFile",
    "Metadata",
    "Report",
    "Resolution",
    "check_free",
    "is_folder",
    "is_there",
    "mirrored",
    "outcomes",
    "picture_files",
    "read_heading",
    "read_image",
    "read_planes",
    "real",
    "told_apart",
    "write_image",
]
