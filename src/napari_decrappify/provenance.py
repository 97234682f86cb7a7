"""Provenance: how a result was made, as plain data, and how to make it again."""

from __future__ import annotations

import base64
import importlib.metadata
import json
import zlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

import napari_decrappify

from .errors import InvalidParameterError, ModelFileError

if TYPE_CHECKING:
    from .models import Model

FORMAT = 1
OPERATIONS = ("crappify", "upscale", "remove_watermark")
MADE_BY = "a record from layer.metadata['decrappify']"


def record(
    operation: str,
    parameters: Mapping[str, Any],
    *,
    seed: int | None = None,
    model: Model | None = None,
    mask: npt.NDArray[np.bool_] | None = None,
    steps: Sequence[Mapping[str, Any]] | None = None,
) -> dict[str, Any]:
    """Describe how a result was made, so that `replay` can make it again.

    Parameters
    ----------
    operation : {"crappify", "upscale", "remove_watermark"}
        Name of the public call.
    parameters : mapping
        The keywords it was called with, apart from the image and those below.
    seed : int, optional
        The seed of the random draws.
    model : Model, optional
        The model that was used; its name and sha256 are kept.
    mask : ndarray of bool, optional
        The mask that was passed; it is kept, compressed.
    steps : sequence of mappings, optional
        The drawn values of each degradation: `replay` does these again, whatever a later version would draw.

    Returns
    -------
    dict
        JSON-able: operation, parameters, seed, model, mask, steps, version of this package, format.

    Raises
    ------
    InvalidParameterError
        For an unknown operation, or a parameter that JSON can't hold.
    """
    _check_operation(operation)
    entry = {
        "format": FORMAT,
        "package": f"napari-decrappify {importlib.metadata.version('napari-decrappify')}",
        "operation": operation,
        "parameters": dict(parameters),
        "seed": seed,
        "model": None if model is None else {"name": model.card.name, "sha256": model.sha256},
        "mask": None if mask is None else _pack(mask),
        "steps": None if steps is None else list(steps),
    }
    return _plain(entry)


def replay(record: Mapping[str, Any], source: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Make a result again from its record and the image that it was made from.

    Parameters
    ----------
    record : mapping
        What `record` returned: a result layer's ``metadata["decrappify"]``.
    source : ndarray
        The image that the operation was applied to.

    Returns
    -------
    ndarray
        The same pixels as the first time, on the same kind of device.

    Raises
    ------
    InvalidParameterError
        For something that is no record, or one with an operation or format that this version doesn't know.
    ModelNotFoundError, ModelFileError
        If the model is gone, or is no longer the one that made the result.
    """
    keywords = _keywords_of(record)
    if record["operation"] == "crappify":
        return np.asarray(_crappify_again(record, source))
    if record.get("model") is not None:
        keywords["model"] = _same_model(record["model"])
    if record.get("mask") is not None:
        keywords["mask"] = _unpack(record["mask"])
    call = getattr(napari_decrappify, record["operation"])
    return np.asarray(call(source, **keywords))


def _crappify_again(record: Mapping[str, Any], source: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Do the recorded steps; without them, draw them again from the seed."""
    from .degrade import crappify, replay_steps

    parameters = dict(record["parameters"])
    if record.get("steps") is None:
        return crappify(source, seed=record.get("seed"), **parameters).image
    axes = {key: parameters[key] for key in ("rgb", "channel_axis", "nonfinite") if key in parameters}
    return replay_steps(source, record["steps"], **axes).image


def _keywords_of(record: Mapping[str, Any]) -> dict[str, Any]:
    if not isinstance(record, Mapping) or not {"format", "operation", "parameters"} <= set(record):
        raise InvalidParameterError(MADE_BY, f"{type(record).__name__} {record!r:.60}")
    if record["format"] != FORMAT:
        advice = "It was made by another version of napari-decrappify: replay it with that one."
        raise InvalidParameterError(f"a record of format {FORMAT}", f"format {record['format']}", advice)
    _check_operation(record["operation"])
    return dict(record["parameters"])


def _check_operation(operation: str) -> None:
    if operation not in OPERATIONS:
        raise InvalidParameterError(f"an operation among {', '.join(OPERATIONS)}", repr(operation))


def _same_model(wanted: Mapping[str, str]) -> Model:
    from .models import load_model

    model = load_model(wanted["name"])
    if model.sha256 != wanted["sha256"]:
        raise ModelFileError(
            f"model {wanted['name']!r} with sha256 {wanted['sha256'][:12]}",
            f"sha256 {model.sha256[:12]}",
            "The model was replaced since this result was made: restore its file, or run the operation anew.",
        )
    return model


def _pack(mask: npt.NDArray[np.bool_]) -> dict[str, Any]:
    bits = zlib.compress(np.packbits(np.asarray(mask, dtype=bool)).tobytes(), 9)
    return {"shape": list(mask.shape), "bits": base64.b64encode(bits).decode("ascii")}


def _unpack(packed: Mapping[str, Any]) -> npt.NDArray[np.bool_]:
    try:
        shape = tuple(packed["shape"])
        bits = np.frombuffer(zlib.decompress(base64.b64decode(packed["bits"])), dtype=np.uint8)
        return np.unpackbits(bits, count=int(np.prod(shape))).reshape(shape).astype(bool)
    except (KeyError, TypeError, ValueError, zlib.error) as error:
        raise InvalidParameterError(MADE_BY, f"one whose mask is damaged ({error})") from error


def _plain(entry: dict[str, Any]) -> dict[str, Any]:
    """Return the entry as JSON gives it back, so that what is kept is what a file would hold."""
    try:
        plain: dict[str, Any] = json.loads(json.dumps(entry, default=_scalar, allow_nan=False))
    except (TypeError, ValueError) as error:
        raise InvalidParameterError("parameters that JSON can hold", str(error)) from error
    return plain


def _scalar(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} {value!r:.60}")
