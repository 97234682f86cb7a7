"""Holes in an image filled by a model."""

from __future__ import annotations

from typing import Annotated, Any

from ...jobs import Call, Job, ProgressCallback
from ...parameters import Doc
from .execution import replaced
from .keywords import (
    ChannelAxis,
    ChosenModel,
    Device,
    Ensemble,
    InPrecision,
    Normalized,
    OnNonFinite,
    ReturnUncertainty,
    Rgb,
    Strength,
    TileSide,
)
from .request import request


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
    result, _used, uncertainty = yield from replaced(call)
    return (result, uncertainty) if return_uncertainty else result
