"""A record as a Python script, for people who want to do it again, or on other images."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..degrade import PRESETS
from ..errors import InvalidParameterError
from ..parameters import parameters_of
from ..provenance import parameters_in
from ..tasks import call_named, check_operation
from .literals import argument, literal

WIDTH = 110


def python_script(record: Mapping[str, Any], path: str | Path | None = None) -> str:
    """Return a script that makes a result again.

    It calls the task with what differs from its defaults, and with the model, device and number format that were used.
    Where a call can't say it all (a mask that was no layer, a crappifier of one's own), the script replays the record.

    Parameters
    ----------
    record : mapping
        A result layer's ``metadata["decrappify"]``.
    path : path, optional
        An image file that the script reads, writing the result beside it. By default the script works on the layers of
        the napari window that is open.

    Returns
    -------
    str
        Python, to paste into napari's console or to run.

    Raises
    ------
    InvalidParameterError
        For a record of an image that was no layer, without a path, or one with what no call makes.
    """
    check_operation(record["operation"])
    if path is None and _layer_of(record) is None:
        advice = "Pass the path of the image."
        raise InvalidParameterError("the record of a result that was made from a layer", "another", advice)
    write = _on_layers if path is None else _on_file
    return f"{literal(_headline(record))}\n\n" + write(record, "" if path is None else str(path))


def _on_layers(record: Mapping[str, Any], _path: str) -> str:
    operation, layer = f"{record['operation']}_layer", f"viewer.layers[{literal(_layer_of(record))}]"
    if not _sayable(record, _from_layer(record, "mask"), _from_layer(record, "hints")):
        lines = ["import json", "", "import napari", "", "from napari_decrappify.on_layers import replay_layer", ""]
        made = f"result = replay_layer(record, {layer})"
        return "\n".join([*lines, "viewer = napari.current_viewer()", _loaded(record), made, _ADD])
    arguments = [layer, *_mask_argument(record), *_hints_argument(record), *_arguments(record)]
    region = (record.get("source") or {}).get("region")
    names = {operation}
    if region is not None:
        arguments.append(f"region=Region({literal(tuple(tuple(ends) for ends in region))})")
        names.add("Region")
    if any("LayerMask(" in argument for argument in arguments):
        names.add("LayerMask")
    imported = f"from napari_decrappify.on_layers import {', '.join(sorted(names))}"
    opened = ["import napari", "", imported, "", "viewer = napari.current_viewer()"]
    return "\n".join([*opened, _call(f"result = {operation}", arguments), _ADD])


def _on_file(record: Mapping[str, Any], path: str) -> str:
    operation = record["operation"]
    output = record.get("output", "image")
    suffix = ".tif" if output == "uncertainty" else Path(path).suffix
    written = Path(path).with_name(f"{Path(path).stem}-{operation.replace('_', '-')}{suffix}")
    reading = f"image = read_image({literal(path)})"
    writing = f"write_image({literal(written)}, result, image.metadata)\n"
    files = "from napari_decrappify.files import read_image, write_image"
    if not _sayable(record):
        lines = ["import json", "", "from napari_decrappify import replay", files, "", _loaded(record), reading]
        shown = '.astype("uint8") * 255' if output == "mask" else ""
        return "\n".join([*lines, f"result = replay(record, image.array){shown}", writing])
    region = (record.get("source") or {}).get("region")
    part = "" if region is None else "[" + ", ".join(f"{literal(start)}:{literal(end)}" for start, end in region) + "]"
    arguments = [f"image.array{part}", *_arguments(record), argument("rgb", record["parameters"].get("rgb"))]
    ending = ".image" if operation == "crappify" else ""
    made = _call(f"result = {operation}", arguments) + ending
    return "\n".join([f"from napari_decrappify import {operation}", files, "", reading, made, writing])


_ADD = "viewer.add_layer(result)\n"


def _sayable(record: Mapping[str, Any], drawn: bool = False, colored: bool = False) -> bool:
    """Tell whether a call of the task says it all."""
    if record["operation"] == "crappify" and record["parameters"].get("preset") not in PRESETS:
        return False
    told = all(record.get(part) is None or known for part, known in (("mask", drawn), ("hints", colored)))
    return record.get("output", "image") == "image" and told


def _layer_of(record: Mapping[str, Any]) -> str | None:
    name: str | None = (record.get("source") or {}).get("layer")
    return name


def _drawn(record: Mapping[str, Any], part: str) -> Mapping[str, Any] | None:
    """Return what a record says of the layer that its mask, or its hints, came from."""
    drawn: Mapping[str, Any] | None = (record.get("source") or {}).get(part)
    return drawn


def _from_layer(record: Mapping[str, Any], part: str) -> bool:
    return _drawn(record, part) is not None


def _hints_argument(record: Mapping[str, Any]) -> list[str]:
    drawn = _drawn(record, "hints")
    return [] if drawn is None else [f"hints=viewer.layers[{literal(drawn['layer'])}]"]


def _mask_argument(record: Mapping[str, Any]) -> list[str]:
    drawn = _drawn(record, "mask")
    if drawn is None:
        return []
    layer = f"viewer.layers[{literal(drawn['layer'])}]"
    said = [argument(name, value) for name, value in drawn.items() if name != "layer" and value]
    return [f"LayerMask({layer}, {', '.join(said)})" if said else layer]


def _arguments(record: Mapping[str, Any]) -> list[str]:
    """Return the keywords that differ from the task's defaults, as Python, and what "auto" stood for."""
    declared = parameters_of(call_named(record["operation"]))
    given = {name: value for name, value in parameters_in(record).items() if not name.startswith(("rgb", "return_"))}
    values = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in given.items()
        if name not in declared or value != declared[name].default
    }
    if record.get("seed") is not None:
        values["seed"] = record["seed"]
    if record.get("model") is not None:
        ran_on = record.get("ran_on") or {}
        kept = {name: value for name, value in values.items() if name not in ran_on}
        values = {**kept, "model": record["model"]["name"], **ran_on}
    return [argument(name, value) for name, value in values.items()]


def _call(start: str, arguments: list[str]) -> str:
    flat = f"{start}({', '.join(arguments)})"
    if len(flat) <= WIDTH:
        return flat
    return f"{start}(\n" + "".join(f"    {argument},\n" for argument in arguments) + ")"


def _loaded(record: Mapping[str, Any]) -> str:
    """Return the line that gives the record back."""
    text = json.dumps(record)
    pieces = [text[start : start + WIDTH] for start in range(0, len(text), WIDTH)]
    return "record = json.loads(\n" + "".join(f"    {literal(piece)}\n" for piece in pieces) + ")"


def _headline(record: Mapping[str, Any]) -> str:
    text = f"{record['operation']}, as {record['package']} did it"
    model, ran = record.get("model"), record.get("ran_on")
    if model is not None and ran is not None:
        text += f" with {model['name']} (sha256 {model['sha256'][:12]}) on {ran['device']} in {ran['precision']}"
    return text + "."
