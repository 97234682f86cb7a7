"""A whole image restored by a model."""

from __future__ import annotations

from typing import Any

from ...jobs import Call, Job, ProgressCallback
from .execution import transformed
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
        As for `upscale`; "denoise", say, for a model that only takes noise away. The default depends on the image:
        "restore" for 8-bit photos in colour, as it undoes what is done to them (low resolution, JPEG, numbers), and
        "denoise" for all others, micrographs above all, which "restore" makes worse.
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
    return (yield from transformed(call))
