"""A record as a Python script that reads a file and writes another, for people who want to do it again elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..degrade import PRESETS
from ..errors import InvalidParameterError
from ..layers import LayerFile
from ..parameters import parameters_of
from ..provenance import parameters_in
from ..tasks import (
    call_named,
    check_operation,
    operations,
    suffix_of,
)
from .literals import argument, call, literal, loaded
from .script_files import HOLDS_ALL, constants, imports, reading

OUR_OWN = "napari_decrappify"
GIVEN = ("mask", "hints")
WRITTEN = "write_image(RESULT, result, image.metadata)"


def python_script(record: Mapping[str, Any], path: str | Path | LayerFile | None = None) -> str:
    """Return a script that makes a result again and writes it to a file beside its source; it needs no window.

    It calls the task with what differs from its defaults, and with the model, device and number format that were used;
    a mask or hints are in the script. Where a call can't say it all (a crappifier of one's own, a mask that was found),
    the script replays the record.

    Parameters
    ----------
    record : mapping
        A result layer's ``metadata["decrappify"]``.
    path : path or LayerFile, optional
        An image file that the script reads; or where a layer was read from, as a result layer's
        ``metadata["decrappify file"]`` has it. Without either, a line at the top of the script waits for a path.

    Returns
    -------
    str
        Python, to be saved and run.

    Raises
    ------
    InvalidParameterError
        For a record of an image that was no layer, without a path, or one with what no call makes.
    """
    check_operation(record["operation"])
    name = (record.get("source") or {}).get("layer")
    if path is None and name is None:
        advice = "Pass the path of the image."
        raise InvalidParameterError("the record of a result that was made from a layer", "another", advice)
    file = str(path) if isinstance(path, Path) else path
    output = record.get("output", "image")
    ending = suffix_of(record["operation"]) + ("" if output == "image" else f"-{output}")
    top = constants(file, name, ending, HOLDS_ALL if output == "uncertainty" else "")
    imported, made = (_called if _sayable(record) else _replayed)(record, reading(file))
    parts = [
        [literal(_headline(record))],
        [*imported, *imports([file], "write_image")],
        top,
        made,
    ]
    return "\n\n".join("\n".join(lines) for lines in parts) + "\n"


def _called(record: Mapping[str, Any], read: str) -> tuple[list[str], list[str]]:
    """Return the imports, and the lines that make a result by a call of its task."""
    operation, given = record["operation"], [what for what in GIVEN if record.get(what) is not None]
    module = operations()[operation].partition(":")[0]
    imported = [f"from {OUR_OWN if module.startswith(f'{OUR_OWN}.') else module} import {operation}"]
    made = [f"image = {read}{_part(record)}"]
    if given:
        imported = ["import json", "", *imported, _from_provenance(*(f"unpack_{what}" for what in given))]
        made += [f"{what} = unpack_{what}({loaded(record[what])}, image.array.size)" for what in given]
    arguments = ["image.array", *("mask" if what == "mask" else f"{what}={what}" for what in given)]
    arguments += [*_arguments(record), argument("rgb", record["parameters"].get("rgb"))]
    ending = ".image" if operation == "crappify" else ""
    return imported, [*made, f"{call(f'result = {operation}', arguments)}{ending}", WRITTEN]


def _replayed(record: Mapping[str, Any], read: str) -> tuple[list[str], list[str]]:
    """Return the same, by a replay of the record, which cuts out the region itself."""
    shown = '.astype("uint8") * 255' if record.get("output") == "mask" else ""
    part = [f"image = image{_part(record)}"] if _part(record) else []
    made = [f"record = {loaded(record)}", f"image = {read}", f"result = replay(record, image.array){shown}"]
    return ["import json", "", f"from {OUR_OWN} import replay"], [*made, *part, WRITTEN]


def _sayable(record: Mapping[str, Any]) -> bool:
    """Tell whether a call of the task says it all."""
    own = record["operation"] == "crappify" and record["parameters"].get("preset") not in PRESETS
    return not own and bool(record.get("output", "image") == "image")


def _part(record: Mapping[str, Any]) -> str:
    region = (record.get("source") or {}).get("region")
    return "" if region is None else f".part({literal(tuple(tuple(ends) for ends in region))})"


def _from_provenance(*names: str) -> str:
    return f"from {OUR_OWN}.provenance import {', '.join(names)}"


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


def _headline(record: Mapping[str, Any]) -> str:
    text = f"{record['operation']}, as {record['package']} did it"
    model, ran = record.get("model"), record.get("ran_on")
    if model is not None and ran is not None:
        text += f" with {model['name']} (sha256 {model['sha256'][:12]}) on {ran['device']} in {ran['precision']}"
    return text + "."
