"""Holes filled with texture of the picture itself, along a smooth guide."""

from __future__ import annotations

import torch
from torch import Tensor

from .holes import margin_around
from .patch_match import PatchDescriptor, PatchField
from .pyramid import TINY, Level, centres, grown, inner, pyramid, with_busyness
from .voting import Votes, blended, depth_of, guided, nearness, vote, weights_of

SIDES = (7, 5, 3)
"""Of patches, in pixels: the first that fits into what is known."""
PYRAMID_SIDE = 5
"""At most, where there are coarser levels to give the structure."""
COMPONENTS = 64
SETTLING = 6
"""Rounds on the coarsest level, at least."""
EXHAUSTIVE, ALWAYS = 6 * 10**7, 10**6
"""Up to so many pairs of patches, all are compared in the first round of a level, or in every round."""
STEPS = (8, 4, 2, 1)
NEARBY = 32
SPAN = 512
"""Larger holes are filled in parts of that side at most."""


@torch.no_grad()
def synthesize(
    image: Tensor, hole: Tensor, guide: Tensor, *, known: Tensor | None = None, generator: torch.Generator
) -> Tensor:
    """Fill holes with texture that the picture has nearby, and the low frequencies of a smooth fill.

    From coarse to fine, every patch of the hole is matched with the known patch most like it, and the matches vote
    on the pixels that they cover (Wexler et al., 2007). A level starts with the votes of the coarser one's matches on
    its own pixels, so that nothing is enlarged; at the end the matches give differences between neighbours, not
    colours, and `gradient_blend` finds the picture that has them and goes over into its surroundings.

    Parameters
    ----------
    image : Tensor
        (C, H, W) float32, in the unit range; any number of channels. What is in the hole doesn't matter.
    hole : Tensor
        (H, W) bool: what to fill: one hole, or some that lie near each other.
    guide : Tensor
        (C, H, W) float32: a smooth fill of the hole. Where nothing is known that could be a source, it is the result.
    known : Tensor, optional
        (H, W) bool: what may be a source; by default, all that is not the hole.
    generator : Generator
        The same seed gives the same pixels on the same kind of device.

    Returns
    -------
    Tensor
        (C, H, W) float32, in the unit range; outside the hole, exactly the image.
    """
    known = ~hole if known is None else known & ~hole
    result = torch.where(hole, guide, image)
    for part in _parts(hole):
        window = _window(part)
        filled = _filled(result[:, *window], part[window], guide[:, *window], known[window], generator)
        result[:, *window] = torch.where(part[window], filled.clamp(0, 1), result[:, *window])
    return result


def _parts(hole: Tensor) -> list[Tensor]:
    """Cut a large hole in halves, until memory is no question."""
    if not hole.any():
        return []
    spans = _spans(hole)
    axis = max((0, 1), key=lambda axis: spans[axis][1] - spans[axis][0])
    start, stop = spans[axis]
    if stop - start <= SPAN:
        return [hole]
    place = torch.arange(hole.shape[axis], device=hole.device)
    before = (place < (start + stop) // 2).unsqueeze(1 - axis)
    return [*_parts(hole & before), *_parts(hole & ~before)]


def _window(hole: Tensor) -> tuple[slice, slice]:
    """Return where a hole and the sources around it lie."""
    (top, bottom), (left, right) = _spans(hole)
    margin = margin_around((bottom - top, right - left))
    return slice(max(0, top - margin), bottom + margin), slice(max(0, left - margin), right + margin)


def _spans(mask: Tensor) -> list[tuple[int, int]]:
    sides = [torch.nonzero(mask.any(axis))[:, 0] for axis in (1, 0)]
    return [(int(side[0]), int(side[-1]) + 1) for side in sides]


def _filled(image: Tensor, hole: Tensor, guide: Tensor, known: Tensor, generator: torch.Generator) -> Tensor:
    """Fill a hole from the window that these are."""
    side = next((side for side in SIDES if centres(known, side // 2).any()), 0)
    if not side:
        return guide
    levels = pyramid(with_busyness(Level(image, guide, hole, known, 1)), side)
    side = side if len(levels) == 1 else min(side, PYRAMID_SIDE)
    field: PatchField | None = None
    weights = torch.zeros(())
    for number in reversed(range(len(levels))):
        rounds = max(1 + 2 * number, SETTLING if field is None else 1)
        field, weights, votes = _matched(levels[number], side, rounds, field, weights, generator)
    return blended(levels[0], votes)[:-1]


def _matched(
    level: Level,
    side: int,
    rounds: int,
    coarse: PatchField | None,
    weights: Tensor,
    generator: torch.Generator,
) -> tuple[PatchField, Tensor, Votes]:
    """Find matches and let them vote, in turn; return the last ones, and how much each patch counts."""
    radius = side // 2
    sources = centres(level.known, radius)
    field = PatchField(grown(level.hole, radius) & inner(level.hole, radius), sources, generator)
    describe = PatchDescriptor(level.image, sources, side, COMPONENTS)
    depth = depth_of(level.hole)
    known, near = describe(level.image), nearness(depth)[field.places]
    filled = level.image
    if coarse is not None:
        origin = field.refine(coarse)
        inherited = torch.where(origin < 0, TINY, weights[origin.clamp(min=0)])
        filled = guided(level, vote(level, field, inherited, radius), depth)
    for number in range(rounds):
        field.compare(known, describe(filled))
        _search(field, thorough=number == 0)
        weights = weights_of(field.distances) * near + TINY
        votes = vote(level, field, weights, radius)
        filled = guided(level, votes, depth)
    return field, weights, votes


def _search(field: PatchField, *, thorough: bool) -> None:
    if field.pairs <= (EXHAUSTIVE if thorough else ALWAYS):
        field.search_everywhere()
        return
    field.propagate(STEPS)
    field.search_around(max(field.height, field.width) // 2 if thorough else NEARBY)
    field.propagate((1,))
