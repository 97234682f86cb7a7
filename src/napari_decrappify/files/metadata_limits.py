"""The metadata that a format can hold: what is too large for its fields is left out, and said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..planes import Layout
from .exif import exif_of
from .image_file import Metadata, Resolution
from .records import NOTE, record_in

_JPEG_SEGMENT = 65533  # bytes of EXIF in a JPEG
_JPEG_PROFILE = 255 * 65519
_METRE = 1 / 0.0254  # inches
_DENSITIES = {  # the least and most of the field, and its unit against an inch
    "JPEG": (0.5, 65535, 1.0),
    "PNG": (0.5, 2**31 - 1, _METRE),
    "BMP": (0.5, 2**31 - 1, _METRE),
}
_RATIONAL = (2.0**-31, 2.0**32 - 1)


def fitted(like: Metadata, kind: str, layout: Layout, note: Mapping[str, Any] | None) -> tuple[Metadata, list[str]]:
    """Return the metadata of an image as it is now, as far as a format holds it, and what was left out.

    Parameters
    ----------
    like : Metadata
        Of the file that the image was made from.
    kind : str
        The format to write: "JPEG", say.
    layout : Layout
        Of the image.
    note : mapping, optional
        What will take the place of the text named decrappify.
    """
    lost: list[str] = []
    now = like.resized(layout.yx)
    now = replace(now, icc=_profile(now, kind, layout, lost), resolution=_resolution(now.resolution, kind, lost))
    now = replace(now, exif=_exif(now, kind, lost))
    if NOTE in now.text and (note is not None or kind == "TIFF") and record_in(now.text) is None:
        lost.append(f"a text named {NOTE} that another program wrote")
        now = replace(now, text={key: text for key, text in now.text.items() if key != NOTE})
    return now, lost


def _profile(like: Metadata, kind: str, layout: Layout, lost: list[str]) -> bytes | None:
    """Return the colour profile if it is one for as many colours as the image has."""
    profile = like.icc
    if not profile or profile[16:20] != (b"RGB " if layout.rgb else b"GRAY"):
        return None
    if kind == "JPEG" and len(profile) > _JPEG_PROFILE:
        lost.append(f"the colour profile of {len(profile):,} bytes")
        return None
    return profile


def _resolution(resolution: Resolution | None, kind: str, lost: list[str]) -> Resolution | None:
    if resolution is None:
        return None
    if kind == "TIFF":
        fits = all(_RATIONAL[0] <= value <= _RATIONAL[1] for value in (resolution.x, resolution.y))
    elif kind in _DENSITIES and (dpi := resolution.dpi()) is not None:
        least, most, unit = _DENSITIES[kind]
        fits = all(least <= value * unit <= most for value in dpi)
    else:
        fits = True
    if not fits:
        lost.append(f"the resolution of {resolution.x:.6g} x {resolution.y:.6g} pixels per {resolution.unit}")
    return resolution if fits else None


def _exif(like: Metadata, kind: str, lost: list[str]) -> bytes | None:
    if not like.exif:
        return None
    record = exif_of(like)
    if record is None:
        lost.append("the camera's record (EXIF), which is damaged")
    elif kind == "JPEG" and len(record) > _JPEG_SEGMENT:
        lost.append(f"the camera's record (EXIF) of {len(record):,} bytes, as {_JPEG_SEGMENT:,} fit")
        return None
    return record
