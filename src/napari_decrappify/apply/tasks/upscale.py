"""An image enlarged by a model."""

from __future__ import annotations

from typing import Annotated, Any

from ...jobs import Call, Job, ProgressCallback
from ...parameters import Doc
from ..exact import check_exact, exactly
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
from .request import TaskRequest, request


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
    made = yield from transformed(call)
    return made if size is None else (yield from _reduced(made, call, factor, size))


def _reduced(made: Any, call: TaskRequest, factor: int, exact: tuple[float, float]) -> Job[Any]:
    """Return an enlarged image, or such a one and its uncertainty, at its exact enlargement."""
    arrays = []
    for array in made if isinstance(made, tuple) else (made,):
        arrays.append((yield from exactly(array, call.layout.yx, factor, exact, len(call.layout.leading))))
    return tuple(arrays) if isinstance(made, tuple) else arrays[0]
