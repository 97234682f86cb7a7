"""What a person asks for: arrays in, arrays out, by a model of the store."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

from ..errors import InvalidImageError
from ..jobs import Call, Job, ProgressCallback
from ..models import DILATE, DamageRule, Task
from ..parameters import Doc
from .engine.precision import Precision
from .exact import check_exact, exactly
from .keywords import (
    ChannelAxis,
    ChosenModel,
    Device,
    Ensemble,
    InPrecision,
    ModelChoice,
    Normalized,
    OnNonFinite,
    ReturnUncertainty,
    Rgb,
    Strength,
    TileSide,
)
from .request import (
    TaskRequest,
    as_image,
    request,
    set_up,
)

if TYPE_CHECKING:
    from .engine.run_context import Plan


@Call
def upscale(
    image: Any,
    factor: Annotated[int, Doc("Enlargement of height and width.", minimum=2, maximum=16)] = 2,
    *,
    exact: tuple[float, float] | None = None,
    model: ChosenModel = None,
    rgb: Rgb = None,
    channel_axis: ChannelAxis = None,
    normalize: Normalized = "auto",
    nonfinite: OnNonFinite = "raise",
    device: Device = "auto",
    precision: InPrecision = "auto",
    tile: TileSide = None,
    strength: Strength = 1.0,
    ensemble: Ensemble = False,
    texture: Annotated[
        float, Doc("0 is faithful; towards 1 texture is invented, not for measurement.", minimum=0, maximum=1)
    ] = 0.0,
    return_uncertainty: ReturnUncertainty = False,
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
    exact : (float, float), optional
        Enlargement in Y and X that the result is reduced to from `factor`, by the mean over each pixel's area: 3.2 and
        3.2 with factor 4. The sizes are rounded to whole pixels.
    model : str, Path or Model, optional
        A name of `list_models`, a model file, or what `load_model` returned. See `default_model` for the default.
    rgb : bool, optional
        Whether the last axis is colour. None takes a last axis of 3 or 4 for colour.
    channel_axis : int, optional
        An axis of independent channels; each is normalised by its own intensities.
    normalize : {"auto", "full", "percentile", "percentile-per-plane"} or (float, float)
        See `intensity.measure`. All but the fourth use one range for a whole stack, so that nothing flickers; large
        images are sampled regularly. "auto" follows the model's card. A pair gives the values that become 0 and 1: for
        parts of something larger that are to be treated alike.
    nonfinite : {"raise", "fill"}
        NaN and infinities are refused, or filled with the least and the greatest sampled value, or the given ones.
    device : str
        See `choose_device`.
    precision : {"auto", "fp32", "bf16"}
        See `choose_precision`.
    tile : int, optional
        Side of a tile in input pixels, without its halo. It changes memory and speed, not the result.
    strength : float
        0 gives bicubic interpolation, 1 the model's output, values between mix them.
    ensemble : bool
        Answer by the mean over the eight flips and turns of each tile (Timofte et al., 2016, "Seven ways to improve
        example-based single image super resolution"): usually a little nearer to the truth, eight times as slow.
    return_uncertainty : bool
        Return ``(image, uncertainty)``. It implies `ensemble`: the uncertainty of each pixel is the standard deviation
        of its eight values, float32 ``(..., Y, X)`` in units of the image, the mean over colours. It tells where the
        model isn't of one mind, not how far it is from the truth.
    texture : float
        Above 0, for a model with a partner that was trained on for texture (upscale-x4: upscale-x4-sharp): the share
        of the partner in the weights, which are mixed linearly (Wang et al., 2018, "ESRGAN"). 1 is the partner itself.
    progress : callable, optional
        Receives a `Progress` for each run of the net.

    Returns
    -------
    ndarray or dask array, or a pair of them
        Of the same kind and dtype, `factor` times as high and wide, or `exact` times. Integers are clipped to their
        dtype; floats aren't clipped and may overshoot the input's range by some percent at sharp edges. Alpha is
        enlarged by bicubic interpolation.

    Raises
    ------
    InvalidImageError, InvalidParameterError, ModelNotFoundError, ModelFileError, DeviceError
        For what can't be enlarged, and why.
    """
    size = None if exact is None else check_exact(exact, factor)
    call = request(
        "upscale", image, model=model, rgb=rgb, channel_axis=channel_axis, normalize=normalize, nonfinite=nonfinite,
        device=device, precision=precision, tile=tile, strength=strength, ensemble=ensemble,
        uncertainty=return_uncertainty, texture=texture, factor=factor,
    )  # fmt: skip
    made = yield from _transformed(call)
    return made if size is None else (yield from _reduced(made, call, factor, size))


@Call
def restore(
    image: Any,
    *,
    model: ChosenModel = None,
    rgb: Rgb = None,
    channel_axis: ChannelAxis = None,
    normalize: Normalized = "auto",
    nonfinite: OnNonFinite = "raise",
    device: Device = "auto",
    precision: InPrecision = "auto",
    tile: TileSide = None,
    strength: Strength = 1.0,
    ensemble: Ensemble = False,
    return_uncertainty: ReturnUncertainty = False,
    progress: ProgressCallback | None = None,
) -> Job[Any]:
    """Restore a whole image with a trained model: undo compression, noise, blur, whatever the model has learned.

    Parameters
    ----------
    image, rgb, channel_axis, normalize, nonfinite, device, precision, tile, ensemble, return_uncertainty, progress
        As for `upscale`.
    model : str, Path or Model, optional
        As for `upscale`; "denoise", say, for a model that only takes noise away.
    strength : float
        0 leaves the input, 1 is the model's output, values between mix them.

    Returns
    -------
    ndarray or dask array, or a pair of them
        Of the image's kind, shape and dtype; any pixel may have changed. Alpha is bit-identical.

    Raises
    ------
    InvalidImageError, InvalidParameterError, ModelNotFoundError, ModelFileError, DeviceError
        For what can't be restored, and why.
    """
    call = request(
        "restore", image, model=model, rgb=rgb, channel_axis=channel_axis, normalize=normalize, nonfinite=nonfinite,
        device=device, precision=precision, tile=tile, strength=strength, ensemble=ensemble,
        uncertainty=return_uncertainty,
    )  # fmt: skip
    return (yield from _transformed(call))


@Call
def colorize(
    image: Any,
    *,
    model: ChosenModel = None,
    rgb: Rgb = None,
    channel_axis: int | None = None,
    normalize: Normalized = "auto",
    nonfinite: OnNonFinite = "raise",
    device: Device = "auto",
    precision: InPrecision = "auto",
    tile: TileSide = None,
    strength: Strength = 1.0,
    ensemble: Ensemble = False,
    return_uncertainty: ReturnUncertainty = False,
    progress: ProgressCallback | None = None,
) -> Job[Any]:
    """Colour an image with a trained model; its luminance stays as it is.

    The model sees each plane as a whole, reduced to a short side of about 128 pixels, so that one thing gets one colour
    however large the image is. Only the chroma that it finds counts: it is put on the luma (ITU-R BT.601) of the image
    at full size, along the edges of that, and fades towards grey where a colour would leave the range, so that no
    clipping changes the luma. The luma of the result is the input's, up to the rounding of the dtype.

    Parameters
    ----------
    image : ndarray or dask array
        As for `upscale`. Of a colour image the luma is coloured anew.
    channel_axis : None
        Independent channels have no colours to find: anything but None is refused.
    model, rgb, normalize, nonfinite, device, precision, ensemble, return_uncertainty, progress
        As for `upscale`. Intensities that fall outside 0 and 1 by `normalize` stay grey.
    tile : int, optional
        As for `upscale`, in pixels of the reduced plane.
    strength : float
        0 gives three equal channels, 1 the model's colours, values between paler ones.

    Returns
    -------
    ndarray or dask array, or a pair of them
        Of the image's kind and dtype; ``(Y, X)`` becomes ``(Y, X, 3)``. Alpha is bit-identical.

    Raises
    ------
    InvalidImageError, InvalidParameterError, ModelNotFoundError, ModelFileError, DeviceError
        For what can't be coloured, and why.
    """
    if channel_axis is not None:
        advice = "Colour one channel at a time."
        raise InvalidImageError("an image without independent channels", f"channel_axis={channel_axis}", advice)
    call = request(
        "colorize", image, model=model, rgb=rgb, channel_axis=None, normalize=normalize, nonfinite=nonfinite,
        device=device, precision=precision, tile=tile, strength=strength, ensemble=ensemble,
        uncertainty=return_uncertainty,
    )  # fmt: skip
    return (yield from _colored(call))


@Call
def infill(
    image: Any,
    mask: Any,
    *,
    dilate: Annotated[int, Doc("Pixels by which the mask is grown.", minimum=0, maximum=64)] = 0,
    model: ChosenModel = None,
    rgb: Rgb = None,
    channel_axis: ChannelAxis = None,
    normalize: Normalized = "auto",
    nonfinite: OnNonFinite = "raise",
    device: Device = "auto",
    precision: InPrecision = "auto",
    tile: TileSide = None,
    strength: Strength = 1.0,
    ensemble: Ensemble = False,
    return_uncertainty: ReturnUncertainty = False,
    progress: ProgressCallback | None = None,
) -> Job[Any]:
    """Fill holes in an image with a trained model.

    What lies in a hole doesn't matter at all: it isn't shown to the model, doesn't count for `normalize`, and may be
    NaN even where `nonfinite` is "raise".

    Parameters
    ----------
    image : ndarray or dask array
        As for `upscale`.
    mask : ndarray or dask array
        What is to be filled: ``(Y, X)``, or with the image's leading axes; boolean, or labels of which 0 means keep. A
        plane that is all hole is refused; a dask mask can't be looked at beforehand, and makes such a plane grey.
    dilate : int
        Pixels by which the mask is grown in all directions, so that the blurred rim of what is removed goes too.
    model, rgb, channel_axis, normalize, nonfinite, device, precision, ensemble, return_uncertainty, progress
        As for `upscale`. The uncertainty is 0 outside the holes.
    tile : int, optional
        As for `upscale`. Only tiles with a hole are run, and they see 256 pixels around. Measured with the bundled
        model: for holes of up to 500 pixels tiles differ from one pass by less than 5e-5 of the range; where wider ones
        need several tiles, which are cross-faded, by up to 0.04 (600 pixels) or 0.15 (700 pixels; 0.007 on average). By
        default a hole of that size alone is filled in one pass.
    strength : float
        0 gives the smooth fill from which the model starts, 1 its output, values between mix them.

    Returns
    -------
    ndarray or dask array, or a pair of them
        Of the image's kind, shape and dtype, and bit-identical to it outside the grown mask.

    Raises
    ------
    InvalidImageError, InvalidMaskError, InvalidParameterError, ModelNotFoundError, ModelFileError, DeviceError
        For what can't be filled, and why.
    """
    call = request(
        "infill", image, mask, dilate=dilate, model=model, rgb=rgb, channel_axis=channel_axis, normalize=normalize,
        nonfinite=nonfinite, device=device, precision=precision, tile=tile, strength=strength, ensemble=ensemble,
        uncertainty=return_uncertainty,
    )  # fmt: skip
    result, _used, uncertainty = yield from _replaced(call)
    return (result, uncertainty) if return_uncertainty else result


@Call
def remove_watermark(
    image: Any,
    mask: Any = None,
    *,
    return_mask: Annotated[
        bool, Doc("Also return the mask of the pixels that may have changed.", label="Mask as labels")
    ] = False,
    dilate: Annotated[int, Doc("Pixels by which the damage that was found is grown.", minimum=0, maximum=64)] = DILATE,
    model: ChosenModel = None,
    rgb: Rgb = None,
    channel_axis: ChannelAxis = None,
    normalize: Normalized = "auto",
    nonfinite: OnNonFinite = "raise",
    device: Device = "auto",
    precision: InPrecision = "auto",
    tile: TileSide = None,
    strength: Strength = 1.0,
    ensemble: Ensemble = False,
    progress: ProgressCallback | None = None,
) -> Job[Any]:
    """Remove text, logos and watermarks with a trained model.

    Parameters
    ----------
    image : ndarray or dask array
        As for `upscale`.
    mask : ndarray, optional
        ``(Y, X)``, or with the image's leading axes; boolean, or labels of which 0 means untouched. Only there may
        anything change, and a model that can be told is told that the damage is there, whatever it would find. Without
        a mask the model finds the damage: where its probability is above the threshold on the model's card, if there is
        enough nearby that is surer. Where damage stands on a lattice, its copies say how probable it is.
    return_mask : bool
        Return ``(image, mask)`` with the mask that was used, of shape ``(..., Y, X)``.
    dilate : int
        Pixels by which damage that the model found is grown, so that faint rims go too. A mask that was given is
        used as it is.
    model, rgb, channel_axis, normalize, nonfinite, device, precision, tile, ensemble, progress
        As for `upscale`. Filled values are what the model sees; outside the mask NaN stays NaN. An ensemble finds
        damage by the mean of its eight probabilities; its views are shifted, not turned, as letters are read upright.
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
    call = request(
        "watermark", image, mask, model=model, rgb=rgb, channel_axis=channel_axis, normalize=normalize,
        nonfinite=nonfinite, device=device, precision=precision, tile=tile, strength=strength, ensemble=ensemble,
    )  # fmt: skip
    rule = replace(call.engine.model.card.damage_rule, dilate=dilate) if mask is None else None
    result, used, _uncertainty = yield from _replaced(call, rule)
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
        "upscale", "restore", "watermark", "infill" or "colorize".
    image : array
        Only its shape and dtype are looked at.
    factor, model, rgb, device, precision, tile
        As for the task.
    """
    _image, layout = as_image(image, rgb, None)
    engine = set_up(task, model=model, device=device, precision=precision, tile=tile, factor=factor)
    if task != "colorize":
        return engine.plan(layout.yx)
    from .coloring import reduced_yx

    return engine.plan(reduced_yx(layout.yx))


def _transformed(call: TaskRequest) -> Job[Any]:
    """Return the image with every pixel put through the net; with its uncertainty, if it is to be told."""
    from .lazy import lazily_transformed
    from .transformation import Transformation

    if call.lazy:
        result, uncertainty = lazily_transformed(call)
    else:
        result, uncertainty = yield from Transformation(call.source(), call.engine, call.region).run()
    return result if uncertainty is None else (result, uncertainty)


def _colored(call: TaskRequest) -> Job[Any]:
    """Return the image in colour; with its uncertainty, if it is to be told."""
    from .coloring import Colorization
    from .lazy_coloring import lazily_colored

    if call.lazy:
        result, uncertainty = lazily_colored(call)
    else:
        result, uncertainty = yield from Colorization(call.source(), call.engine).run()
    return result if uncertainty is None else (result, uncertainty)


def _reduced(made: Any, call: TaskRequest, factor: int, exact: tuple[float, float]) -> Job[Any]:
    """Return an enlarged image, or such a one and its uncertainty, at its exact enlargement."""
    arrays = []
    for array in made if isinstance(made, tuple) else (made,):
        arrays.append((yield from exactly(array, call.layout.yx, factor, exact, len(call.layout.leading))))
    return tuple(arrays) if isinstance(made, tuple) else arrays[0]


def _replaced(call: TaskRequest, rule: DamageRule | None = None) -> Job[tuple[Any, Any, Any]]:
    """Return the image with pixels replaced under its mask, or by a rule; the mask that was used; the uncertainty."""
    from .lazy import lazily_replaced
    from .replacement import Replacement

    if call.lazy:
        return lazily_replaced(call, rule)
    where = call.mask if rule is None else rule
    return (yield from Replacement(call.source(), call.engine, call.region, where).run())
