"""What a TIFF's descriptions say: as text, as ImageJ's properties, or as OME's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import tifffile

from .frames import claimed_planes

_IMAGEJ = ("unit", "spacing", "finterval", "fps", "loop", "mode", "min", "max", "Ranges", "LUTs", "Labels", "Info")
_OME = (
    *("PhysicalSizeX", "PhysicalSizeY", "PhysicalSizeZ", "PhysicalSizeXUnit", "PhysicalSizeYUnit"),
    *("PhysicalSizeZUnit", "TimeIncrement", "TimeIncrementUnit"),
)
_OME_CHANNEL = (
    *("Name", "Color", "Fluor", "AcquisitionMode", "ContrastMethod", "IlluminationType"),
    *("EmissionWavelength", "EmissionWavelengthUnit", "ExcitationWavelength", "ExcitationWavelengthUnit"),
)


def described(path: Path, file: Any, planes: int, notes: list[str]) -> dict[str, Any]:
    """Return `Metadata`'s text, imagej or ome; a count of planes that isn't true goes to the notes."""
    page = file.pages.first
    if page.is_imagej:
        found = _imagej(path, file)
        if (claimed := claimed_planes(found)) > 1 and claimed != planes:
            notes.append(f"what its ImageJ description says of {claimed} planes, as the file has {planes}")
        return {"imagej": {key: found[key] for key in _IMAGEJ if key in found}}
    if file.is_ome:
        return {"ome": _ome(file.ome_metadata)}
    text = {}
    if file.shaped_metadata and "decrappify" in file.shaped_metadata[0]:
        text["decrappify"] = json.dumps(file.shaped_metadata[0]["decrappify"])
    first = page.description
    if first and not (file.shaped_metadata and first.startswith("{")):
        text["Description"] = first
    return {"text": text}


def _imagej(path: Path, file: Any) -> dict[str, Any]:
    if file.is_imagej:
        return dict(file.imagej_metadata or {})
    with tifffile.TiffFile(path) as again:  # `file` goes by its pages, as the description counts wrongly
        return dict(again.imagej_metadata or {})


def _ome(description: str) -> dict[str, Any]:
    image = tifffile.xml2dict(description)["OME"]["Image"]
    pixels = image["Pixels"]
    found = {key: pixels[key] for key in _OME if key in pixels}
    found |= {key: image[key] for key in ("Name", "Description") if image.get(key)}
    channels = _ome_channels(description)
    return found | ({"Channel": channels} if any(channels) else {})


def _ome_channels(description: str) -> list[dict[str, str]]:
    """Return what the channels of the first image say, as tifffile writes them."""
    pixels = next(one for one in ElementTree.fromstring(description).iter() if one.tag.endswith("}Pixels"))
    channels = [one for one in pixels if one.tag.endswith("}Channel")]
    return [{key: value for key in _OME_CHANNEL if (value := one.get(key)) is not None} for one in channels]
