"""How what is asked for is done: at once, plane by plane, or by dask, chunk by chunk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from ...jobs import Job
from ...models import DamageRule
from ..colors.hints import Hints
from ..masks import Mask, check_known
from ..source import Source
from .request import TaskRequest


def transformed(call: TaskRequest) -> Job[Any]:
    """Return the image with every pixel put through the net; with its uncertainty, if it is to be told."""
    from ..lazy import lazily_transformed
    from ..transformation import Transformation

    if call.lazy:
        result, uncertainty = lazily_transformed(call)
    else:
        result, uncertainty = yield from Transformation(call.source(), call.engine, call.region).run()
    return result if uncertainty is None else (result, uncertainty)


def colored(call: TaskRequest, evenness: float, hints: Hints | None) -> Job[Any]:
    """Return the image in even colour, as hints want it; with its uncertainty, if it is to be told."""
    from ..colors.coloring import Colorization
    from ..colors.lazy_coloring import lazily_colored

    if call.lazy:
        result, uncertainty = lazily_colored(call, evenness, hints)
    else:
        result, uncertainty = yield from Colorization(call.source(), call.engine, evenness, hints).run()
    return result if uncertainty is None else (result, uncertainty)


def replaced(call: TaskRequest, rule: DamageRule | None = None) -> Job[tuple[Any, Any, Any]]:
    """Return the image with pixels replaced under its mask, or by a rule; the mask that was used; the uncertainty."""
    from ..lazy import lazily_replaced
    from ..replacement import Replacement

    if call.lazy:
        return lazily_replaced(call, rule)
    where = call.mask if rule is None else rule
    return (yield from Replacement(call.source(), call.engine, call.region, where).run())


def unmarked(call: TaskRequest, rule: DamageRule, further: Mapping[str, Any]) -> Job[tuple[Any, Any]]:
    """Return the image without its marks, and the mask of what changed; `further` is for the infill of what is hidden.

    What shines through a mark is kept; what doesn't is filled. The last step says how many marks were solved, unless
    the image is lazy.
    """
    from ..lazy import lazily_unmarked
    from ..marks.removal import SPOILED, MarkRemoval
    from .infill import infill

    guess = partial(_filled_in, **{name: further[name] for name in ("device", "precision", "tile")})
    if call.lazy:
        result, changed, *parts = lazily_unmarked(call, rule, guess)
    else:
        removed = yield from MarkRemoval(call.source(), call.engine, rule, call.mask, guess).run()
        result, changed, parts = removed.image, removed.changed, [removed.strokes, removed.holes]
    spoiled = SPOILED if call.mask is None else 0
    for part, texture in zip(parts, (0.0, 1.0), strict=True):
        if call.lazy or part.any():
            filled_in = yield from infill.job(result, part, dilate=spoiled, texture=texture, **further)
            result = np.where(part[..., None] if call.layout.rgb else part, filled_in, result)
    if not call.lazy:
        yield removed.counts.progress()
    return result, changed


def _filled_in(picture: npt.NDArray[Any], mask: Mask, **options: Any) -> npt.NDArray[Any]:
    """Return a (Y, X, C) picture in the unit range whose mask is filled smoothly by `infill`."""
    from .infill import infill

    colored = picture.shape[-1] == 3
    plane = picture if colored else picture[..., 0]
    filled_in: npt.NDArray[Any] = infill(plane, mask, rgb=colored, normalize=(0.0, 1.0), texture=0.0, **options)
    return filled_in.reshape(picture.shape)


def mixed(call: TaskRequest, result: Any, changed: Any) -> Any:
    """Return the mixture of image and result that the strength asks for, where anything changed; of either kind."""
    strength = call.engine.run_context.strength
    if strength == 1:
        return result
    image, where = call.image, changed[..., None] if call.layout.rgb else changed
    between = (1 - strength) * image + strength * result
    between = np.rint(between) if image.dtype.kind in "ui" else between
    return np.where(where, between.astype(image.dtype), image)


def filled(call: TaskRequest, texture: float, seed: int) -> Job[tuple[Any, Any]]:
    """Return the image with the holes of its mask filled, with so much texture; the uncertainty of the smooth fill."""
    from ..lazy import lazily_textured
    from ..texture.texturing import Texturing

    if call.along is None:
        result, used, uncertainty = yield from replaced(call)
    else:
        call, (result, used, uncertainty) = yield from _borrowed_and_replaced(call, call.along)
    share = texture * call.engine.run_context.strength
    if share:
        texturing = Texturing(share, seed, str(call.engine.device))
        if call.lazy:
            return lazily_textured(call, result, used, texturing), uncertainty
        yield from texturing.run(Source(result, call.layout, call.ranges, call.nonfinite), used, result)
    return result, uncertainty


def _borrowed_and_replaced(call: TaskRequest, axis: int) -> Job[tuple[TaskRequest, tuple[Any, Any, Any]]]:
    """Return what `replaced` does where neighbouring planes along an axis don't know the place, and theirs where so."""
    from ..borrowing.borrowing import Borrowing
    from ..borrowing.loans import LentSource, pay_in, remaining
    from ..lazy_borrowing import lazily_borrowed
    from ..replacement import Replacement

    if call.lazy:
        call = lazily_borrowed(call, axis)
        return call, (yield from replaced(call))
    source = call.source()
    loans = yield from Borrowing(source, call.mask, axis).run(source.planes())
    call = replace(call, mask=remaining(call.mask, loans))
    check_known(call.mask)
    lent = LentSource(source.array, source.layout, source.ranges, source.nonfinite, loans=loans)
    result, used, uncertainty = yield from Replacement(lent, call.engine, call.region, call.mask).run()
    pay_in(loans, lent, result)
    return call, (result, used, uncertainty)
