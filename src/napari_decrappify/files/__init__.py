"""Image files in and out: PNG, JPEG, TIFF, BMP and WebP, with their bits, profile, resolution and axes; GIF in."""

from .batch_items import (
    BatchItem,
    check_free,
    is_folder,
    is_there,
    mirrored,
    real,
    with_distinct_stems,
)
from .batch_results import Report, outcomes
from .header import ImageHeader, read_header, read_planes
from .image_file import (
    READABLE,
    SUFFIXES,
    ImageFile,
    Metadata,
    Resolution,
)
from .reading import read_image
from .records import record_of
from .walk import picture_files
from .writing import write_image

__all__ = [
    "READABLE",
    "SUFFIXES",
    "BatchItem",
    "ImageFile",
    "ImageHeader",
    "Metadata",
    "Report",
    "Resolution",
    "check_free",
    "is_folder",
    "is_there",
    "mirrored",
    "outcomes",
    "picture_files",
    "read_header",
    "read_image",
    "read_planes",
    "real",
    "record_of",
    "with_distinct_stems",
    "write_image",
]
