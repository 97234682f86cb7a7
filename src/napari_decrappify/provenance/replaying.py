"""Making a result again from its record."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..bounds import check_depth
from ..errors import InvalidImageError, InvalidParameterError, ModelFileError
from ..jobs import Call
from ..parameters import check_arguments, check_kind
from ..planes import as_array
from ..tasks import call_named, check_operation
from ..type_checks import shown
from .form import FORM, FORMAT, MADE_BY, parameters_in
from .packing import unpack_hints, unpack_mask

if TYPE_CHECKING:
    from ..degrade import Crappified
    from ..models import Model


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
    from ..degrade import crappify, replay_steps

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
    from ..models import load_model

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
