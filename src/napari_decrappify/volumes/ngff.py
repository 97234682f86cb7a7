"""What an OME-Zarr says of itself: NGFF 0.4 and 0.5 are read, 0.5 is written (https://ngff.openmicroscopy.org)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..errors import FileReadError
from .axes import COLOR, NAMES, Axes, Axis, enlarged, named

VERSION = "0.5"
BEFORE_AXES = ("0.1", "0.2", "0.3")
HEX = ("FF0000", "00FF00", "0000FF", "FFFFFF")


@dataclass(frozen=True)
class Multiscale:
    """The image that a group holds.

    Attributes
    ----------
    path : str
        Of its finest level in the group.
    axes : tuple of Axis
        Of that level.
    omero : mapping
        How its channels are called and shown; empty where the group doesn't say.
    """

    path: str
    axes: Axes
    omero: Mapping[str, Any]


def multiscale_of(attributes: Mapping[str, Any], where: str) -> Multiscale:
    """Return what the attributes of a group say.

    Raises
    ------
    FileReadError
        If they describe no image, several, or one by another version of the format.
    """
    said = attributes.get("ome", attributes)
    try:
        return _multiscale(said, where)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise FileReadError("the metadata of NGFF 0.4 or 0.5", f"{where}, where {error!r} is wrong") from error


def _multiscale(said: Mapping[str, Any], where: str) -> Multiscale:
    if "multiscales" not in said:
        several = "bioformats2raw.layout" in said or "plate" in said or "well" in said
        got, advice = ("several", "Name one, such as its folder 0.") if several else ("none", "")
        raise FileReadError(f"one image in {where}", got, advice)
    first = said["multiscales"][0]
    version = str(said.get("version", first.get("version", VERSION)))
    if version in BEFORE_AXES or "axes" not in first:
        raise FileReadError("NGFF 0.4 or 0.5", f"{version} in {where}", "Convert it with ome2024-ngff-challenge.")
    finest = first["datasets"][0]
    axes = tuple(_axis(one) for one in first["axes"])
    for transformations in (finest["coordinateTransformations"], first.get("coordinateTransformations", ())):
        axes = _transformed(axes, transformations)
    omero = said.get("omero") or {}
    return Multiscale(str(finest["path"]), axes, omero if isinstance(omero.get("channels"), list) else {})


def _axis(said: Mapping[str, Any]) -> Axis:
    name = str(said["name"])
    kind = said.get("type") or NAMES.get(name, "channel")
    return Axis(name, kind if kind in ("time", "space") else "channel", said.get("unit"))


def _transformed(axes: Axes, transformations: Sequence[Mapping[str, Any]]) -> Axes:
    """Return the axes after scales and translations, in the order in which they are given."""
    for one in transformations:
        if one["type"] == "identity":
            continue
        values = [float(value) for value in one[one["type"]]]
        if one["type"] == "scale":
            axes = tuple(
                replace(axis, scale=axis.scale * by, translation=axis.translation * by)
                for axis, by in zip(axes, values, strict=True)
            )
        else:
            axes = tuple(
                replace(axis, translation=axis.translation + by) for axis, by in zip(axes, values, strict=True)
            )
    return axes


def attributes_of(name: str, axes: Axes, levels: int, omero: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes of a group whose arrays, "0" and so on, are each half as high and wide as the last one."""
    multiscale = {
        "name": name,
        "axes": [_said(axis) for axis in axes],
        "datasets": [_dataset(str(level), enlarged(axes, 0.5**level)) for level in range(levels)],
        "type": "mean",
        "metadata": {"description": "means over 2 x 2 pixels"},
    }
    shown = {"omero": dict(omero)} if omero else {}
    return {"ome": {"version": VERSION, "multiscales": [multiscale], **shown}}


def _said(axis: Axis) -> dict[str, str]:
    unit = {} if axis.unit is None else {"unit": axis.unit}
    return {"name": axis.name, "type": axis.kind, **unit}


def _dataset(path: str, axes: Axes) -> dict[str, Any]:
    scale: dict[str, Any] = {"type": "scale", "scale": [axis.scale for axis in axes]}
    translation: dict[str, Any] = {"type": "translation", "translation": [axis.translation for axis in axes]}
    return {"path": path, "coordinateTransformations": [scale, translation]}


def are_colors(omero: Mapping[str, Any]) -> bool:
    """Whether channels are called as the colours of one picture are."""
    labels = tuple(str(one.get("label")).lower() for one in omero.get("channels", ()) if isinstance(one, Mapping))
    return labels in (COLOR[:3], COLOR)


def colors_shown(count: int, most: float) -> dict[str, Any]:
    """Return how the 3 or 4 colours of one picture are shown, `most` being white."""
    window = {"start": 0, "end": most, "min": 0, "max": most}
    channels = [
        {"label": name.capitalize(), "color": color, "active": name != "alpha", "window": window}
        for name, color in list(zip(COLOR, HEX, strict=True))[:count]
    ]
    return {"channels": channels, "rdefs": {"model": "color"}}


def without_metadata(names: Sequence[str | None] | None) -> Axes | None:
    """Return the axes that an array names itself, if it names all of them as NGFF does, and in that order."""
    letters = "".join(name or "?" for name in names or ())
    return named(list(letters)) if re.fullmatch("t?c?z?yx", letters) else None
