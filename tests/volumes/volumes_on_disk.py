"""Small volumes on disk, as other programs write them."""

from __future__ import annotations

import zarr

AXES = [
    {"name": "t", "type": "time", "unit": "second"},
    {"name": "c", "type": "channel"},
    {"name": "z", "type": "space", "unit": "micrometer"},
    {"name": "y", "type": "space", "unit": "micrometer"},
    {"name": "x", "type": "space", "unit": "micrometer"},
]
SCALE, TRANSLATION = [2.0, 1.0, 1.5, 0.5, 0.25], [10.0, 0.0, 3.0, 7.0, -1.0]
CHANNELS = [
    {"label": "DAPI", "color": "0000FF", "window": {"start": 0, "end": 900, "min": 0, "max": 65535}, "active": True},
    {"label": "GFP", "color": "00FF00", "window": {"start": 0, "end": 800, "min": 0, "max": 65535}, "active": True},
]


def write_ngff(path, pixels, version="0.4", axes="tczyx", chunks=None, channels=CHANNELS):
    """Write an OME-Zarr of one level, with a scale and translation of the level and a scale of the whole."""
    v04 = version == "0.4"
    group = zarr.open_group(str(path), mode="w", zarr_format=2 if v04 else 3)
    separated = {"chunk_key_encoding": {"name": "v2", "separator": "/"}} if v04 else {"dimension_names": list(axes)}
    group.create_array("0", shape=pixels.shape, dtype=pixels.dtype, chunks=chunks or pixels.shape, **separated)
    group["0"][...] = pixels
    which = [index for index, axis in enumerate(AXES) if axis["name"] in axes]
    halves = [{"type": "scale", "scale": [SCALE[i] / 2 for i in which]}]
    moved = [{"type": "translation", "translation": [TRANSLATION[i] / 2 for i in which]}]
    multiscale = {
        "axes": [AXES[i] for i in which],
        "datasets": [{"path": "0", "coordinateTransformations": halves + moved}],
        "coordinateTransformations": [{"type": "scale", "scale": [2.0] * len(which)}],
    }
    said = {"multiscales": [multiscale], "omero": {"channels": channels}}
    if v04:
        multiscale["version"] = "0.4"
    group.attrs.update(said if v04 else {"ome": {"version": "0.5", **said}})
    return path
