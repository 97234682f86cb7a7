"""An image coloured by a model."""

from __future__ import annotations

from typing import Annotated, Any

from ...errors import InvalidImageError
from ...jobs import Call, Job, ProgressCallback
from ...parameters import Doc
from ..colors.hints import hints_on
from .execution import colored
from .keywords import (
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
def colorize(
    image: Any,
    hints: tuple[Any, Any] | None = None,
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
    evenness: Annotated[
        float,
        Doc("How far patches of colour give way to what is alike around them; 0 leaves them.", minimum=0, maximum=1),
    ] = 0.2,
    ensemble: Ensemble = False,
    return_uncertainty: ReturnUncertainty = False,
    progress: ProgressCallback | None = None,
) -> Job[Any]:
    """Colour an image with a trained model, and as hints want it; its luminance stays as it is.

    The model sees each plane as a whole, reduced to a short side of about 128 pixels, so that one thing gets one colour
    however large the image is. Only the chroma that it finds counts: it is put on the luma (ITU-R BT.601) of the image
    at full size, along the edges of that, and fades towards grey where a colour would leave the range, so that no
    clipping changes the luma. The luma of the result is the input's, up to the rounding of the dtype.

    Parameters
    ----------
    image : ndarray or dask array
        As for `upscale`. Of a colour image the luma is coloured anew.
    hints : (ndarray, ndarray), optional
        Colours, ``(Y, X, 3)`` of uint8, and ``(Y, X)`` of bool where they hold; both may have the image's leading axes
        before these, of its lengths or 1. There, colours keep their chroma, on the image's own luma. From there they
        spread to what is of like luma (after Levin et al., 2004, "Colorization using optimization"; solved on the
        reduced plane), over the model's colours, which give way the sooner the less sure the model is of them. Where a
        mask is all False, it is as without hints. For a dask array they are NumPy arrays too.
    channel_axis : None
        Independent channels have no colours to find: anything but None is refused.
    model, rgb, normalize, nonfinite, device, precision, ensemble, return_uncertainty, progress
        As for `upscale`. Intensities that fall outside 0 and 1 by `normalize` stay grey.
    tile : int, optional
        As for `upscale`, in pixels of the reduced plane.
    strength : float
        0 gives three equal channels, 1 the model's colours, values between paler ones. Beside hints the model counts
        less by it too: at 0, they alone give the picture its colours.
    evenness : float
        Patches of colour on what is of even luma are wrong more often than not: they give way to what is around them,
        the more the less sure the model is of them. 0 leaves the colours as the model finds them; 1 takes small ones,
        and some that are right, away.

    Returns
    -------
    ndarray or dask array, or a pair of them
        Of the image's kind and dtype; ``(Y, X)`` becomes ``(Y, X, 3)``. Alpha is bit-identical.

    Raises
    ------
    InvalidImageError, InvalidMaskError, InvalidParameterError, ModelNotFoundError, ModelFileError, DeviceError
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
    return (yield from colored(call, evenness, hints_on(call.layout, hints)))
