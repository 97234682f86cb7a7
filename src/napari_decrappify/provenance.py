"""Provenance: how a result was made, as plain data, and how to make it again."""

from __future__ import annotations

import base64
import importlib.metadata
import inspect
import json
import math
import platform
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from .bounds import check_depth, parse_json
from .errors import InvalidImageError, InvalidParameterError, ModelFileError
from .jobs import Call
from .parameters import check_arguments, check_kind, parameters_of
from .planes import as_array
from .tasks import call_named, check_operation, task_of
from .type_checks import is_of_kind, shown

if TYPE_CHECKING:
    from .degrade import Crappified
    from .models import Model

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
HintArrays: TypeAlias = tuple[npt.NDArray[np.uint8], npt.NDArray[np.bool_]]
"""Colours, (..., Y, X, 3), and where they hold, (..., Y, X)."""
MADE_BY = "a record from layer.metadata['decrappify']"


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
        "mask": None if mask is None else _pack(mask),
        "hints": None if hints is None else _pack_hints(hints),
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


def parameters_in(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters that a record's result was made with: those in it, and those that came later."""
    return {**ADDED.get(record["operation"], {}), **record["parameters"]}


def of_output(record: Mapping[str, Any], output: str) -> dict[str, Any]:
    """Return the record of what else a call returned: its "mask", or its "uncertainty"."""
    return {**record, "output": output}


def replay(
    record: Mapping[str, Any],
    source: npt.NDArray[Any],
    *,
    device: str | None = None,
    model: str | Path | None = None,
) -> npt.NDArray[Any]:
    """Make a result again from its record and the image that it was made from.

    Parameters
    ----------
    record : mapping
        What `record` returned: a result layer's ``metadata["decrappify"]``.
    source : ndarray
        The image that the operation was applied to: all of it, also where only a region was worked on.
    device : str, optional
        Another device than the recorded one, such as "auto"; the pixels may then differ in their last bits.
    model : str or Path, optional
        Where the model is now, if it isn't in the store under the name that it had.

    Returns
    -------
    ndarray
        The same pixels as the first time, bit by bit, with the same versions on the same device; the mask or the
        uncertainty, where the record is of such a layer. A net that sees further than its tiles' halos also needs the
        same tiles: pass `tile` to the call if memory is short.

    Raises
    ------
    InvalidParameterError
        For something that is no record, or one with an operation or format that this version doesn't know.
    ModelNotFoundError, ModelFileError
        If the model is gone, or is no longer the one that made the result.
    """
    check_arguments(replay, {"device": device, "model": model})
    keywords = _keywords_of(record)
    image, output = _region_of(record, as_array(source, InvalidImageError)), record.get("output", "image")
    if record["operation"] == "crappify":
        return np.asarray(getattr(_crappify_again(record, image), output))
    if record.get("model") is not None:
        keywords["model"] = _same_model(record["model"], model)
    if record.get("mask") is not None:
        keywords["mask"] = unpack_mask(record["mask"], image.size)
    if record.get("hints") is not None:
        keywords["hints"] = unpack_hints(record["hints"], image.size)
    keywords |= (record.get("ran_on") or {}) if device is None else {"device": device}
    keywords |= _unmeasured(record, image)
    if output != "image":
        keywords[f"return_{output}"] = True
    call = call_named(record["operation"])
    _check_taken(call, keywords, "mask" in keywords)
    made = call(image, **keywords)
    return np.asarray(made if output == "image" else made[1])


def _crappify_again(record: Mapping[str, Any], source: npt.NDArray[Any]) -> Crappified:
    """Do the recorded steps; without them, draw them again from the seed."""
    from .degrade import crappify, replay_steps

    parameters = _keywords_of(record)
    _check_taken(crappify, parameters)
    if record.get("steps") is None:
        return crappify(source, **{"seed": record.get("seed"), **parameters, **_unmeasured(record, source)})
    axes = {key: parameters[key] for key in ("rgb", "channel_axis", "nonfinite") if key in parameters}
    return replay_steps(source, record["steps"], **axes)


def _unmeasured(record: Mapping[str, Any], image: npt.NDArray[Any]) -> dict[str, str]:
    """Return the keyword that says what "auto" meant for floats within [0, 1] before they were measured."""
    if "floats" in record or record["parameters"].get("normalize", "auto") != "auto" or image.dtype.kind != "f":
        return {}
    if not image.size:
        return {}
    return {"normalize": "full"} if image.min() >= 0 and image.max() <= 1 else {}


def _region_of(record: Mapping[str, Any], source: npt.NDArray[Any]) -> npt.NDArray[Any]:
    region = (record.get("source") or {}).get("region")
    if region is None:
        return source
    check_kind("the region of a record", region, list[tuple[int, int]])
    if any(not 0 <= start < end for start, end in region):
        raise InvalidParameterError("a region of the form [first, end] for each axis", shown(region))
    if len(region) > source.ndim or any(end > size for (_, end), size in zip(region, source.shape, strict=False)):
        advice = "Pass all of the image that the result was made from."
        raise InvalidParameterError(f"an image with the region {region}", f"shape {source.shape}", advice)
    return source[tuple(slice(start, end) for start, end in region)]


def _keywords_of(record: Mapping[str, Any]) -> dict[str, Any]:
    if not isinstance(record, Mapping) or not {"format", "operation", "parameters"} <= set(record):
        raise InvalidParameterError(MADE_BY, f"{type(record).__name__} {shown(record)}")
    try:
        check_depth(record)
    except ValueError as error:
        raise InvalidParameterError(MADE_BY, f"one {error}") from error
    if record["format"] != FORMAT:
        advice = "It was made by another version of napari-decrappify: replay it with that one."
        raise InvalidParameterError(f"a record of format {FORMAT}", f"format {record['format']}", advice)
    check_operation(record["operation"])
    for name, kind in FORM.items():
        check_kind(f"{name} of a record", record.get(name, "image" if name == "output" else None), kind)
    given = {name: value for name, value in parameters_in(record).items() if not name.startswith("return_")}
    return {name: tuple(value) if isinstance(value, list) else value for name, value in given.items()}


def _check_taken(call: Call[..., Any], keywords: Mapping[str, Any], masked: bool = False) -> None:
    """Raise `InvalidParameterError` for keywords that a call doesn't take, or if it is in want of a mask."""
    known = inspect.signature(call).parameters
    strange = [name for name in keywords if name not in known or name in ("image", "progress")]
    if strange:
        raise InvalidParameterError("a record with the parameters of its operation", ", ".join(map(shown, strange)))
    if not masked and "mask" in known and known["mask"].default is inspect.Parameter.empty:
        raise InvalidParameterError("a record with the mask of its operation", "one without")


def _same_model(wanted: Mapping[str, Any], where: str | Path | None) -> Model:
    from .models import load_model

    check_kind("the model of a record", [wanted.get("name"), wanted.get("sha256")], list[str])
    model = load_model(where or wanted["name"])
    if model.sha256 != wanted["sha256"]:
        raise ModelFileError(
            f"model {wanted['name']!r} with sha256 {wanted['sha256'][:12]}",
            f"sha256 {model.sha256[:12]}",
            "The model was replaced since this result was made: restore its file, or run the operation anew.",
        )
    if "partner" in wanted:
        check_kind("the partner of a record's model", wanted["partner"], dict[str, Any])
        _same_model(wanted["partner"], None)
    check_kind("the other models of a record", wanted.get("others", []), list[dict[str, Any]])
    for other in wanted.get("others", []):
        _same_model(other, None)
    return model


def _with_mark(parameters: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return parameters with the mark that was taken off, if there is one, as text that holds all of it."""
    mark = parameters.get("mark")
    if mark is None:
        return parameters
    from .apply.shared_marks.file import as_url, load_mark

    return {**parameters, "mark": as_url(load_mark(mark) if isinstance(mark, str | Path) else mark)}


def _defaults_of_added(operation: str) -> dict[str, Any]:
    """Return what the parameters in `ADDED` are where a call is made without them."""
    if operation not in ADDED:
        return {}
    declared = parameters_of(call_named(operation))
    return {name: declared[name].default for name in ADDED[operation]}


def _identity(model: Model, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return a model's name and hash, and those of what is mixed into it."""
    from .models import load_model, textured_partner

    identity: dict[str, Any] = {"name": model.card.name, "sha256": model.sha256}
    partner = textured_partner(model.card) if parameters.get("texture") else None
    return identity if partner is None else {**identity, "partner": _identity(load_model(partner.path), {})}


def _others(operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the names and hashes of the further models that a call runs for its parameters."""
    from .models import load_model

    declared = parameters_of(call_named(operation))
    asked = [name for asks, name in task_of(operation).uses.items() if parameters.get(asks, declared[asks].default)]
    return {"others": [_identity(load_model(name), {}) for name in asked]} if asked else {}


def _where(parameters: Mapping[str, Any], model: Model) -> dict[str, str]:
    """Return the device and the number format that the call takes for its parameters."""
    from .apply.engine.device import choose_device, choose_precision

    device = choose_device(parameters.get("device", "auto"))
    dtype = choose_precision(parameters.get("precision", "auto"), device, model.card.bf16)
    return {"device": str(device), "precision": "bf16" if "bfloat16" in str(dtype) else "fp32"}


def _versions(with_torch: bool) -> dict[str, str]:
    packages = ("numpy", "pillow", *(("torch",) if with_torch else ()))
    return {"python": platform.python_version(), **{name: importlib.metadata.version(name) for name in packages}}


def _pack(mask: npt.NDArray[np.bool_]) -> dict[str, Any]:
    return {"shape": list(mask.shape), "bits": _deflated(np.packbits(np.asarray(mask, dtype=bool)))}


def _pack_hints(hints: HintArrays) -> dict[str, Any]:
    colors, mask = hints
    return {**_pack(mask), "colors": _deflated(colors[mask])}


def unpack_mask(packed: Mapping[str, Any], most: int, what: str = "mask") -> npt.NDArray[np.bool_]:
    """Return the mask that a record keeps, its "mask"; nothing more is unpacked, whatever is packed.

    Parameters
    ----------
    packed : mapping
        ``record["mask"]``.
    most : int
        Pixels that there may be: the size of the image.
    what : str
        What it is, for messages.

    Raises
    ------
    InvalidParameterError
        If it is damaged, or of more pixels.
    """
    try:
        shape = tuple(packed["shape"])
        count = math.prod(shape)
        if not is_of_kind(shape, tuple[int, ...]) or not 0 <= count <= most:
            raise ValueError(f"shape {shown(shape)} for an image of {most} values")
        unpacked = _inflated(packed["bits"], count // 8 + 1)
        return np.unpackbits(unpacked, count=count).reshape(shape).astype(bool)
    except (KeyError, TypeError, ValueError, zlib.error) as error:
        raise InvalidParameterError(MADE_BY, f"one whose {what} is damaged ({error})") from error


def unpack_hints(packed: Mapping[str, Any], most: int) -> HintArrays:
    """Return the hints that a record keeps, its "hints": colours, and where they hold; raise as `unpack_mask` does."""
    mask = unpack_mask(packed, most, "hints")
    colors = np.zeros((*mask.shape, 3), np.uint8)
    try:
        colors[mask] = _inflated(packed["colors"], 3 * int(np.count_nonzero(mask))).reshape(-1, 3)
    except (KeyError, TypeError, ValueError, zlib.error) as error:
        raise InvalidParameterError(MADE_BY, f"one whose hints are damaged ({error})") from error
    return colors, mask


def _deflated(values: npt.NDArray[np.uint8]) -> str:
    return base64.b64encode(zlib.compress(values.tobytes(), 9)).decode("ascii")


def _inflated(text: str, most: int) -> npt.NDArray[np.uint8]:
    packed = base64.b64decode(text)
    return np.frombuffer(zlib.decompressobj().decompress(packed, max(1, most)), np.uint8)  # as 0 would be without end


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
