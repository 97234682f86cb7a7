"""What a record is: its format, its parts and their kinds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

FORMAT = 1
FORM: dict[str, Any] = {
    "parameters": dict[str, Any],
    "seed": int | None,
    "model": dict[str, Any] | None,
    "mask": dict[str, Any] | None,
    "hints": dict[str, Any] | None,
    "steps": list[Any] | None,
    "source": dict[str, Any] | None,
    "ran_on": dict[str, str] | None,
    "output": Literal["image", "mask", "uncertainty"],
}
"""The kinds of a record's parts; those that are missing are None, or "image"."""
ADDED: dict[str, dict[str, Any]] = {
    "infill": {"texture": 0.0, "seed": 0, "along": None},
    "colorize": {"evenness": 0.0},
    "remove_watermark": {"shared": False, "mark": None},
}
"""Parameters that a call hasn't had from the start, and what results without them in their records were made with."""
MADE_BY = "a record from layer.metadata['decrappify']"


def parameters_in(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters that a record's result was made with: those in it, and those that came later."""
    return {**ADDED.get(record["operation"], {}), **record["parameters"]}


def of_output(record: Mapping[str, Any], output: str) -> dict[str, Any]:
    """Return the record of what else a call returned: its "mask", or its "uncertainty"."""
    return {**record, "output": output}
