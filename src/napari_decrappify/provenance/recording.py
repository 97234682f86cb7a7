"""Describing how a result was made, as plain data."""

from __future__ import annotations

import importlib.metadata
import json
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..bounds import parse_json
from ..errors import InvalidParameterError
from ..parameters import parameters_of
from ..tasks import call_named, check_operation, task_of
from .form import ADDED, FORMAT
from .packing import HintArrays, pack_hints, pack_mask

if TYPE_CHECKING:
    from ..models import Model


def record(
    operation: str,
    parameters: Mapping[str, Any],
    *,
    seed: int | None = None,
    model: Model | None = None,
    mask: npt.NDArray[np.bool_] | None = None,
    hints: HintArrays | None = None,
    steps: Sequence[Mapping[str, Any]] | None = None,
    source: Mapping[str, Any] | None = None,
    marks: Mapping[str, int] | None = None,
    chosen: str | None = None,
) -> dict[str, Any]:
    """Describe how a result was made, so that `replay` can make it again.

    Parameters
    ----------
    operation : str
        Name of the public call, one of `tasks.operations`.
    parameters : mapping
        The keywords it was called with, apart from the image and those below.
    seed : int, optional
        The seed of the random draws.
    model : Model, optional
        The model that was used; its name and sha256 are kept, and its partner's where the parameters ask for texture.
    mask : ndarray of bool, optional
        The mask that was passed; it is kept, compressed.
    hints : (ndarray of uint8, ndarray of bool), optional
        The colours that were passed, and where they hold; both are kept, compressed.
    steps : sequence of mappings, optional
        The drawn values of each degradation: `replay` does these again, whatever a later version would draw.
    source : mapping, optional
        Where the image came from: ``layer``, its name, and ``region``, the [first, end] of each axis that was cut out.
    marks : mapping, optional
        How many marks were un-blended, filled and unsolved, for people to read: `replay` doesn't go by it.
    chosen : str, optional
        Why that model ran where nobody named one, for people to read too: `replay` takes the model that did.

    Returns
    -------
    dict
        JSON-able: operation, parameters, seed, model, mask, hints, steps, source, the versions of this package and of
        what it computes with, the device and the number format that "auto" stood for, format. ``floats`` says how
        ``normalize="auto"`` reads floats: records without it took those within [0, 1] as they were.

    Raises
    ------
    InvalidParameterError
        For an unknown operation, or a parameter that JSON can't hold.
    """
    check_operation(operation)
    entry = {
        "format": FORMAT,
        "package": f"napari-decrappify {importlib.metadata.version('napari-decrappify')}",
        "operation": operation,
        "parameters": {**_defaults_of_added(operation), **_with_mark(parameters)},
        "seed": seed,
        "model": None if model is None else _identity(model, parameters) | _others(operation, parameters),
        "mask": None if mask is None else pack_mask(mask),
        "hints": None if hints is None else pack_hints(hints),
        "steps": None if steps is None else list(steps),
        "source": None if source is None else dict(source),
        "ran_on": None if model is None else _where(parameters, model),
        "versions": _versions(model is not None),
        "output": "image",
        "floats": "measured",
        **({} if marks is None else {"marks": dict(marks)}),
        **({"chosen": chosen} if chosen else {}),
    }
    return _plain(entry)


def _with_mark(parameters: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return parameters with the mark that was taken off, if there is one, as text that holds all of it."""
    mark = parameters.get("mark")
    if mark is None:
        return parameters
    from ..apply.shared_marks.file import as_url, load_mark

    return {**parameters, "mark": as_url(load_mark(mark) if isinstance(mark, str | Path) else mark)}


def _defaults_of_added(operation: str) -> dict[str, Any]:
    """Return what the parameters in `ADDED` are where a call is made without them."""
    if operation not in ADDED:
        return {}
    declared = parameters_of(call_named(operation))
    return {name: declared[name].default for name in ADDED[operation]}


def _identity(model: Model, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return a model's name and hash, and those of what is mixed into it."""
    from ..models import load_model, textured_partner

    identity: dict[str, Any] = {"name": model.card.name, "sha256": model.sha256}
    partner = textured_partner(model.card) if parameters.get("texture") else None
    return identity if partner is None else {**identity, "partner": _identity(load_model(partner.path), {})}


def _others(operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the names and hashes of the further models that a call runs for its parameters."""
    from ..models import load_model

    declared = parameters_of(call_named(operation))
    asked = [name for asks, name in task_of(operation).uses.items() if parameters.get(asks, declared[asks].default)]
    return {"others": [_identity(load_model(name), {}) for name in asked]} if asked else {}


def _where(parameters: Mapping[str, Any], model: Model) -> dict[str, str]:
    """Return the device and the number format that the call takes for its parameters."""
    from ..apply.engine.device import choose_device, choose_precision

    device = choose_device(parameters.get("device", "auto"))
    dtype = choose_precision(parameters.get("precision", "auto"), device, model.card.bf16)
    return {"device": str(device), "precision": "bf16" if "bfloat16" in str(dtype) else "fp32"}


def _versions(with_torch: bool) -> dict[str, str]:
    packages = ("numpy", "pillow", *(("torch",) if with_torch else ()))
    return {"python": platform.python_version(), **{name: importlib.metadata.version(name) for name in packages}}


def _plain(entry: dict[str, Any]) -> dict[str, Any]:
    """Return the entry as JSON gives it back, so that what is kept is what a file would hold."""
    try:
        plain: dict[str, Any] = parse_json(json.dumps(entry, default=_scalar, allow_nan=False))
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidParameterError("parameters that JSON can hold", str(error)) from error
    return plain


def _scalar(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} {value!r:.60}")
