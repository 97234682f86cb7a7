"""Text, logos and watermarks removed by a model."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal

from ...jobs import Call, Job, ProgressCallback
from ...models import DILATE
from ...parameters import Doc
from ..marks.mark import SolvedMark
from .execution import mixed, replaced, unmarked
from .keywords import (
    ChannelAxis,
    ChosenModel,
    Device,
    Ensemble,
    InPrecision,
    Normalized,
    OnNonFinite,
    Rgb,
    Strength,
    TileSide,
)
from .request import request
from .solve_mark import without_mark


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
    shared: Annotated[
        bool,
        Doc("All planes have the same mark: found by what they have in common.", label="Same mark on all planes"),
    ] = False,
    mark: Annotated[
        str | Path | SolvedMark | None, Doc("A mark that was solved before, or its PNG file: only that is taken off.")
    ] = None,
    mark_offset: tuple[int, int] | Literal["find"] | None = None,
    progress: ProgressCallback | None = None,
) -> Job[Any]:
    """Remove text, logos and watermarks with a trained model.

    Models whose cards say that they find coverage *solve* a mark: of its coverage m in [0, 1], the colour c and the
    opacity o follow by least squares, and the picture I is un-blended of what is seen, J = (1 - o m) I + o m c. Copies
    on a lattice vouch for each other. What is opaque, or explained by no such mark, is filled as `infill` does it.
    Other models paint over what they find.

    Parameters
    ----------
    image : ndarray or dask array
        As for `upscale`.
    mask : ndarray, optional
        ``(Y, X)``, or with the image's leading axes; boolean, or labels of which 0 means untouched. Only there may
        anything change, and a model that can be told is told that the damage is there, whatever it would find. Without
        a mask the model finds the damage: where its probability is above the threshold on the model's card, if there is
        enough nearby that is surer. Where damage stands on a lattice, its copies say how probable it is. A model that
        finds coverage solves the marks in a mask, and fills parts of it that show none, as `infill` does. A mask that
        fits its marks, or is up to 2 pixels wider, tells coverage itself, by its shape and by pieces of one shape; the
        evidence decides whether it does. Either gives the expected picture, between un-blending and `infill`.
    return_mask : bool
        Return ``(image, mask)`` with the mask that was used, of shape ``(..., Y, X)``.
    dilate : int
        Pixels by which damage that the model found is grown, so that faint rims go too. A mask that was given is
        used as it is. Models that find coverage know the rims: with them, it only says where they are looked for.
    model, rgb, channel_axis, normalize, nonfinite, device, precision, tile, ensemble
        As for `upscale`. Filled values are what the model sees; outside the mask NaN stays NaN. An ensemble finds
        damage by the mean of its eight probabilities; its views are shifted, not turned, as letters are read upright.
    strength : float
        0 leaves the input, 1 replaces it, values between mix them.
    shared : bool
        The planes along all leading axes, at least 5, are pictures under one mark. It is solved from them by
        `solve_mark`, in the mask if there is one, and taken off: no model finds anything, and one fills only what an
        opaque mark hides, by `infill`.
    mark : str, Path or SolvedMark, optional
        The same with a mark that is known: from `solve_mark`, or a file of `save_mark`.
    mark_offset : (int, int) or "find", optional
        The row and the column of the image at which the first pixel of `mark` lies. Left out, a mark of the size of a
        plane lies where it did, and one of another size is found by what it does to the image, to the pixel.
    progress : callable, optional
        As for `upscale`. Where marks were solved, the payload of the last `Progress` is a `MarkCounts`: how many were
        un-blended, and how many filled as they are opaque, or as no mark explains what is seen. Records have it too.

    Returns
    -------
    ndarray or dask array, or a pair of them
        Of the image's shape and dtype, and bit-identical to it wherever the used mask is False.

    Raises
    ------
    InvalidImageError, InvalidMaskError, InvalidParameterError, ModelNotFoundError, ModelFileError, DeviceError
        For what can't be done, and why.
    """
    if shared or mark is not None:
        result, used = yield from without_mark(
            image, mask, mark=mark, offset=mark_offset, rgb=rgb, channel_axis=channel_axis, nonfinite=nonfinite,
            strength=strength, normalize=normalize, device=device, precision=precision, tile=tile,
        )  # fmt: skip
        return (result, used) if return_mask else result
    call = request(
        "watermark", image, mask, model=model, rgb=rgb, channel_axis=channel_axis, normalize=normalize,
        nonfinite=nonfinite, device=device, precision=precision, tile=tile, strength=strength, ensemble=ensemble,
    )  # fmt: skip
    rule = replace(call.engine.model.card.damage_rule, dilate=dilate) if mask is None else None
    if call.engine.model.card.mask_coverage:
        further = {"rgb": rgb, "channel_axis": channel_axis, "normalize": normalize, "nonfinite": nonfinite,
                   "device": device, "precision": precision, "tile": tile}  # fmt: skip
        result, used = yield from unmarked(call, rule or call.engine.model.card.damage_rule, further)
        result = mixed(call, result, used)
        return (result, used) if return_mask else result
    result, used, _uncertainty = yield from replaced(call, rule)
    return (result, used if mask is None else used.copy()) if return_mask else result
