"""What a person asks for: arrays in, arrays out, by a model of the store."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import numpy as np

from ..errors import InvalidImageError, InvalidMaskError, InvalidParameterError
from ..intensity import NonFinite, Normalize, check_dtype, check_finite
from ..jobs import Call, Job, ProgressCallback
from ..models import Model, Task, default_model, load_model
from ..parameters import Doc
from ..planes import Layout, is_lazy, layout_of
from .finding import DILATE, DamageRule
from .masks import fitted
from .precision import Precision
from .source import Ranges, Source, ranges_of
from .tiling import Box

if TYPE_CHECKING:
    from .engine import Engine, Plan, Setting

ModelChoice: TypeAlias = str | Path | Model

_Model = Annotated[ModelChoice | None, Doc("Model by name or file; the default one for the task if left out.")]
_Rgb = Annotated[bool | None, Doc("Whether the last axis is colour; found from the shape if left out.", label="RGB")]
_ChannelAxis = Annotated[int | None, Doc("Axis of independent channels, each with its own intensity range.")]
_Normalize = Annotated[Normalize, Doc("Which intensities become the 0 and 1 that models know.")]
_NonFinite = Annotated[NonFinite, Doc("Refuse NaN and infinity, or fill them.", label="NaN and infinity")]
_Device = Annotated[str, Doc("auto, cpu, cuda, cuda:N or mps.")]
_Precision = Annotated[Precision, Doc("Number format; auto takes bf16 where the processor has it.")]
_Tile = Annotated[
    int | None, Doc("Side of a tile in input pixels; chosen from the free memory if left out.", minimum=16)
]
_Strength = Annotated[float, Doc("0 leaves the starting point, 1 is all that the model does.", minimum=0, maximum=1)]


@Call
def upscale(
    image: Any,
    factor: Annotated[int, Doc("Enlargement of height and width.", minimum=2, maximum=16)] = 2,
    *,
    model: _Model = None,
    rgb: _Rgb = None,
    channel_axis: _ChannelAxis = None,
    normalize: _Normalize = "auto",
    nonfinite: _NonFinite = "raise",
    device: _Device = "auto",
    precision: _Precision = "auto",
    tile: _Tile = None,
    strength: _Strength = 1.0,
    progress: ProgressCallback | None = None,
) -> Job[Any]:
    """Enlarge an image with a trained model.

    Parameters
    ----------
    image : ndarray or dask array
        ``(Y, X)``, ``(Y, X, 3)``, ``(Y, X, 4)``, or such planes with leading axes; any integer of up to 32 bits or
        float, in any range. It is never modified.
    factor : int
        A model's scale, or a power of it: 4 is reached by applying an x2 model twice.
    model : str, Path or Model, optional
        A name of `list_models`, a model file, or what `load_model` returned. By default a bundled model of this
        scale, else a bundled one that reaches it, else the user's own.
    rgb : bool, optional
        Whether the last axis is colour. None takes a last axis of 3 or 4 for colour.
    channel_axis : int, optional
        An axis of independent channels; each is normalised by its own intensities.
    normalize : {"auto", "full", "percentile", "percentile-per-plane"}
        See `intensity.measure`. All but the last use one range for a whole stack, so that nothing flickers; large
        images are sampled regularly. "auto" follows the model's card.
    nonfinite : {"raise", "fill"}
        NaN and infinities are refused, or filled with the least and the greatest sampled value.
    device : str
        See `choose_device`.
    precision : {"auto", "fp32", "bf16"}
        See `choose_precision`.
    tile : int, optional
        Side of a tile in input pixels, without its halo. It changes memory and speed, not the result.
    strength : float
        0 gives bicubic interpolation, 1 the model's output, values between mix them.
    progress : callable, optional
        Receives a `Progress` a tile.

    Returns
    -------
    ndarray or dask array
        Of the same kind and dtype, `factor` times as high and wide. Integers are clipped to their dtype; floats
        aren't clipped and may overshoot the input's range by some percent at sharp edges. Alpha is enlarged by
        bicubic interpolation.

    Raises
    ------
    InvalidImageError, InvalidParameterError, ModelNotFoundError, ModelFileError, DeviceError
        For what can't be enlarged, and why.
    """
    from . import lazy
    from .enlarging import enlarged

    image, layout = _opened(image, rgb, channel_axis)
    engine, setting = _set_up("upscale", model, device, precision, tile, strength, factor)
    ranges = ranges_of(image, layout, _suited(normalize, engine))
    if is_lazy(image):
        return lazy.lazily_enlarged(image, lazy.chunks_for(image, layout, setting, ranges, nonfinite))
    source = _source(image, layout, ranges, nonfinite)
    return (yield from enlarged(source, engine, _whole(layout)))


@Call
def remove_watermark(
    image: Any,
    mask: Any = None,
    *,
    return_mask: Annotated[bool, Doc("Also return the mask of the pixels that may have changed.")] = False,
    dilate: Annotated[int, Doc("Pixels by which the damage that was found is grown.", minimum=0, maximum=64)] = DILATE,
    model: _Model = None,
    rgb: _Rgb = None,
    channel_axis: _ChannelAxis = None,
    normalize: _Normalize = "auto",
    nonfinite: _NonFinite = "raise",
    device: _Device = "auto",
    precision: _Precision = "auto",
    tile: _Tile = None,
    strength: _Strength = 1.0,
    progress: ProgressCallback | None = None,
) -> Job[Any]:
    """Remove text, logos and watermarks with a trained model.

    Parameters
    ----------
    image : ndarray or dask array
        As for `upscale`.
    mask : ndarray, optional
        ``(Y, X)``, or with the image's leading axes; boolean, or labels of which 0 means untouched. Only there may
        anything change. Without a mask the model finds the damage: where its probability is above the threshold on
        the model's card.
    return_mask : bool
        Return ``(image, mask)`` with the mask that was used, of shape ``(..., Y, X)``.
    dilate : int
        Pixels by which damage that the model found is grown, so that faint rims go too. A mask that was given is
        used as it is.
    model, rgb, channel_axis, normalize, nonfinite, device, precision, tile, progress
        As for `upscale`. Filled values are what the model sees; outside the mask NaN stays NaN.
    strength : float
        0 leaves the input, 1 replaces it, values between mix them.

    Returns
    -------
    ndarray or dask array, or a pair of them
        Of the image's shape and dtype, and bit-identical to it wherever the used mask is False.

    Raises
    ------
    InvalidImageError, InvalidMaskError, InvalidParameterError, ModelNotFoundError, ModelFileError, DeviceError
        For what can't be done, and why.
    """
    from . import lazy
    from .removal import Removal

    image, layout = _opened(image, rgb, channel_axis)
    mask = None if mask is None else fitted(_as_array(mask, InvalidMaskError), layout)
    engine, setting = _set_up("watermark", model, device, precision, tile, strength, replaces=True)
    rule = DamageRule.of(engine.model.card, dilate)
    ranges = ranges_of(image, layout, _suited(normalize, engine))
    if is_lazy(image):
        chunks = lazy.chunks_for(image, layout, setting, ranges, nonfinite, rule.margin if mask is None else 0)
        result, used = lazy.lazily_cleaned(image, mask, chunks, rule)
    else:
        source = _source(image, layout, ranges, nonfinite)
        given = None if mask is None else np.asarray(mask)
        result, used = yield from Removal(source, engine, _whole(layout), given, rule).run()
    return (result, used if mask is None else used.copy()) if return_mask else result


def plan(
    task: Task,
    image: Any,
    factor: int = 1,
    *,
    model: ModelChoice | None = None,
    rgb: bool | None = None,
    device: str = "auto",
    precision: Precision = "auto",
    tile: int | None = None,
) -> Plan:
    """Return what a task would choose for an image: model, device, precision, tile size, halo.

    Parameters
    ----------
    task : str
        "upscale" or "watermark".
    image : array
        Only its shape and dtype are looked at.
    factor, model, rgb, device, precision, tile
        As for the task.
    """
    _image, layout = _opened(image, rgb, None)
    engine, _setting = _set_up(task, model, device, precision, tile, 1.0, factor, task != "upscale")
    return engine.plan(layout.yx)


def _opened(image: Any, rgb: bool | None, channel_axis: int | None) -> tuple[Any, Layout]:
    image = _as_array(image, InvalidImageError)
    check_dtype(image.dtype)
    return image, layout_of(image.shape, rgb=rgb, channel_axis=channel_axis)


def _as_array(image: Any, error_type: type[InvalidImageError | InvalidMaskError]) -> Any:
    if is_lazy(image):
        return image
    try:
        return np.asarray(image)
    except (TypeError, ValueError) as error:
        raise error_type("a NumPy or dask array", f"{type(image).__name__} ({error})") from error


def _set_up(
    task: Task,
    model: ModelChoice | None,
    device: str,
    precision: Precision,
    tile: int | None,
    strength: float,
    factor: int = 1,
    replaces: bool = False,
) -> tuple[Engine, Setting]:
    from .device import choose_device
    from .engine import Setting, engine_of

    where = str(choose_device(device))
    name = default_model(task, factor).name if model is None else model
    loaded = load_model(name.path if isinstance(name, Model) else name, where)
    if loaded.card.task != task:
        raise InvalidParameterError(f"a model for {task}", f"{loaded.card.name}, which is for {loaded.card.task}")
    sha256 = model.sha256 if isinstance(model, Model) else loaded.sha256
    setting = Setting(str(loaded.path), sha256, where, precision, tile, strength, factor, replaces)
    return engine_of(setting), setting


def _suited(normalize: Normalize, engine: Engine) -> Normalize:
    return engine.model.card.intensity if normalize == "auto" else normalize


def _source(image: Any, layout: Layout, ranges: Ranges, nonfinite: NonFinite) -> Source:
    if nonfinite == "raise":
        check_finite(image)
    return Source(image, layout, ranges, nonfinite)


def _whole(layout: Layout) -> Box:
    y, x = layout.yx
    return Box(0, y, 0, x)
