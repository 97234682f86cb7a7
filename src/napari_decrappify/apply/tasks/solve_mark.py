"""A mark that many pictures share: solved from a stack, and taken off by `remove_watermark`."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import numpy as np

from ...errors import InvalidMaskError, InvalidParameterError
from ...intensity import check_finite
from ...jobs import Call, Job, Progress, ProgressCallback
from ...planes import Layout, as_array, is_lazy
from ..marks.mark import SolvedMark
from ..masks import Mask, fitted, grown
from .infill import infill
from .keywords import OnNonFinite, Rgb
from .request import as_image


@Call
def solve_mark(
    stack: Any,
    mask: Any = None,
    *,
    rgb: Rgb = None,
    nonfinite: OnNonFinite = "raise",
    progress: ProgressCallback | None = None,
) -> Job[SolvedMark]:
    """Solve the mark that many pictures share: how much it covers of each pixel, in what colour.

    No model is asked: what is the same in all pictures is the mark (Dekel et al., 2017, "On the effectiveness of
    visible watermarks"), be it a translucent watermark, a burnt-in label or scale bar, or dust on a sensor, which dims
    light as a black mark does. It is solved as what makes all pictures go on smoothly across its rims.

    Parameters
    ----------
    stack : ndarray or dask array
        As for `upscale`; all leading axes together count as pictures, of which there must be at least 5, and of which
        24 at most are read, evenly spread. The more they differ, the better: 16 photos are plenty.
    mask : ndarray or dask array, optional
        ``(Y, X)``, or with the leading axes: where alone the mark may be. It should hold all of it; it may be wide.
    rgb, nonfinite, progress
        As for `upscale`.

    Returns
    -------
    SolvedMark
        Its colour is in units of the image: 1 is the most that an integer dtype holds. If the pictures have nothing in
        common, its coverage is 0 everywhere. For `remove_watermark(image, mark=...)` and `save_mark`.

    Raises
    ------
    InvalidImageError
        For too few pictures, or pictures so alike that what stands still in them may as well be what they show: those
        of a scene that doesn't change. What stands still where they don't differ isn't taken for a mark.
    InvalidMaskError
        If the mask doesn't fit, or marks nothing.
    """
    from ..shared_marks.file import kept
    from ..shared_marks.pictures import pictures_of, unit_of
    from ..shared_marks.solving import solved_mark

    image, layout = as_image(stack, rgb, None)
    where = None if mask is None else _anywhere(mask, layout)
    yield Progress(0, 1, "Reading pictures")
    pictures = pictures_of(image, layout, nonfinite)
    found = yield from solved_mark(pictures.pixels, where)
    color = found.color * np.float32(pictures.scale / unit_of(image.dtype))
    return kept(SolvedMark(found.coverage, color, found.opacity, found.residual))


def without_mark(
    image: Any,
    mask: Any,
    *,
    mark: str | Path | SolvedMark | None,
    offset: tuple[int, int] | Literal["find"] | None,
    rgb: bool | None,
    channel_axis: int | None,
    nonfinite: Literal["raise", "fill"],
    strength: float,
    **filling: Any,
) -> Job[tuple[Any, Any]]:
    """Return an image without a mark that is known, or that its planes share if it is None, and the mask of it.

    What the mark hides is filled by `infill`, with the keywords that are left.
    """
    from ..shared_marks.placing import placed
    from ..shared_marks.removing import hole_of, mark_for, without

    image, layout = as_image(image, rgb, channel_axis)
    if mark is None and offset is not None:
        raise InvalidParameterError("no mark_offset for a mark that planes share", f"{offset}")
    if mark is None and channel_axis is not None:
        advice = "Pass one channel after the other."
        raise InvalidParameterError("no channel_axis for a mark that planes share", str(channel_axis), advice)
    if nonfinite == "raise" and not is_lazy(image):
        check_finite(image)
    solved = (yield from solve_mark.job(image, mask, rgb=rgb, nonfinite=nonfinite)) if mark is None else mark
    known = placed(mark_for(solved, layout), image, layout, offset, known=nonfinite == "raise")
    where = None if mask is None else fitted(as_array(mask, InvalidMaskError), layout)
    result = without(image, layout, known, where, strength)
    covered = known.coverage > 0
    hole = grown(hole_of(known), 1) & covered
    used = _used(covered, layout, where)
    if hole.any() and strength > 0:
        inside = hole if where is None else where & hole
        axes: dict[str, Any] = {"rgb": layout.rgb, "channel_axis": layout.channel_axis}
        result = yield from infill.job(result, inside, nonfinite=nonfinite, strength=strength, **axes, **filling)
    return result, used


def _anywhere(mask: Any, layout: Layout) -> Mask:
    """Return (Y, X): where a mask marks any plane."""
    found = fitted(as_array(mask, InvalidMaskError), layout)
    found = np.asarray(found.any(axis=tuple(range(found.ndim - 2))))
    if not found.any():
        raise InvalidMaskError("a mask that marks where the mark is", "one that marks nothing")
    return found


def _used(covered: Mask, layout: Layout, where: Any) -> Any:
    """Return (..., Y, X) of the image's kind: where anything may have changed."""
    if where is not None:
        return where & covered
    return np.broadcast_to(covered, (*layout.leading, *layout.yx)).copy()
