"""Holes filled with texture of the picture itself, along a smooth guide."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from ..nets.push_pull import push_pull
from .gradient_blend import blend
from .patch_match import PatchDescriptor, PatchField

SIDES = (7, 5, 3)
"""Of patches, in pixels: the first that fits into what is known."""
COMPONENTS = 64
COARSEST = 40
"""The shorter side of the coarsest level, at least; below it, the guide knows more than patches do."""
SETTLING = 6
"""Rounds on the coarsest level, at least."""
EXHAUSTIVE = 6 * 10**7
"""Up to so many pairs of patches, all are compared."""
STEPS = (8, 4, 2, 1)
NEARBY = 32
BUSYNESS = 3.0
"""How much more than a colour the busyness counts that a patch should have."""
BUSY_SCALE = 2.0
"""In pixels: the sigma over which busyness is averaged."""
PUSHED = 6
"""Halvings by which it is carried into holes."""
GUIDED_SCALE = 8.0
"""In pixels: the sigma above which the levels follow the guide, by `GUIDED` of the way."""
GUIDED = 0.5
PULL = 0.003
"""Of the guide on the last blend, which follows it above 1 / sqrt(PULL) pixels."""
INWARDS = 1.3
"""How much more a patch counts than one a pixel deeper in the hole."""
DEEPEST = 64
SELECTIVE = 0.4
"""A patch as unlike its match as three quarters are not counts exp(-1 / SELECTIVE) of one that is just like it."""
CELL = 32
SPAN = 512
"""Holes, and groups of holes whose cells of `CELL` pixels touch, are filled in parts of that side at most."""
MARGIN = 96
"""Around a hole, at least, where texture is looked for; around large ones, `REACH` of their longer side."""
REACH = 0.5
TINY = 1e-12


class Level(NamedTuple):
    """One resolution: the picture, whose hole has the guide in it, that guide, and where hole and sources are."""

    image: Tensor
    guide: Tensor
    hole: Tensor
    known: Tensor
    scale: int


class Votes(NamedTuple):
    """What the patches over each pixel of the hole say.

    Attributes
    ----------
    pixels : Tensor
        (M,) int64: the pixels of the hole over which there is a patch.
    colours : Tensor
        (M, C): the weighted mean.
    offsets : Tensor
        (M,) int64: how far away, as a flat index, the patch that counts most has its match.
    """

    pixels: Tensor
    colours: Tensor
    offsets: Tensor


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
        (H, W) bool: what to fill.
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
    for part in (part for group in _groups(hole) for part in _parts(group)):
        window = _window(part)
        filled = _filled(result[:, *window], part[window], guide[:, *window], known[window], generator)
        result[:, *window] = torch.where(part[window], filled.clamp(0, 1), result[:, *window])
    return result


def _groups(hole: Tensor) -> list[Tensor]:
    """Return the holes that lie near each other, each group as a mask; by labels that spread over cells of pixels."""
    cells = F.max_pool2d(hole[None].float(), CELL, ceil_mode=True)[0] > 0
    labels = cells * torch.arange(1.0, cells.numel() + 1, device=hole.device).reshape(cells.shape)
    while True:
        spread = torch.where(cells, F.max_pool2d(labels[None], 3, 1, 1)[0], 0.0)
        if torch.equal(spread, labels):
            break
        labels = spread
    fine = labels.repeat_interleave(CELL, 0).repeat_interleave(CELL, 1)[: hole.shape[0], : hole.shape[1]]
    return [hole & (fine == label) for label in sorted({*labels.flatten().tolist()} - {0.0})]


def _parts(hole: Tensor) -> list[Tensor]:
    """Cut a large hole in halves, until memory is no question."""
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
    spans = _spans(hole)
    margin = max(MARGIN, round(REACH * max(stop - start for start, stop in spans)))
    rows, columns = (slice(max(0, start - margin), stop + margin) for start, stop in spans)
    return rows, columns


def _spans(mask: Tensor) -> list[tuple[int, int]]:
    sides = [torch.nonzero(mask.any(axis))[:, 0] for axis in (1, 0)]
    return [(int(side[0]), int(side[-1]) + 1) for side in sides]


def _filled(image: Tensor, hole: Tensor, guide: Tensor, known: Tensor, generator: torch.Generator) -> Tensor:
    """Fill a hole from the window that these are."""
    side = next((side for side in SIDES if _centres(known, side // 2).any()), 0)
    if not side:
        return guide
    levels = _pyramid(_with_busyness(Level(image, guide, hole, known, 1)), side)
    field: PatchField | None = None
    weights = torch.zeros(())
    for number in reversed(range(len(levels))):
        rounds = max(1 + 2 * number, SETTLING if field is None else 1)
        field, weights, votes = _matched(levels[number], side, rounds, field, weights, generator)
    return _blended(levels[0], votes)[:-1]


def _with_busyness(level: Level) -> Level:
    """Append how busy the picture is around each pixel as a channel; in the hole, as its surroundings let expect.

    The coarser levels can't tell smooth from textured places, and a smooth guide is most like smooth ones.
    """
    known = level.known.float()
    total, share = torch.zeros_like(known), torch.zeros_like(known)
    for axis in (1, 2):
        length = level.image.shape[axis] - 1
        both = known.narrow(axis - 1, 0, length) * known.narrow(axis - 1, 1, length)
        steps = level.image.diff(dim=axis).abs().mean(0) * both
        for start in (0, 1):
            total.narrow(axis - 1, start, length).add_(steps)
            share.narrow(axis - 1, start, length).add_(both)
    total, share = (_blurred(x[None], BUSY_SCALE) for x in (total, share))
    sides = (0, -level.hole.shape[1] % 2**PUSHED, 0, -level.hole.shape[0] % 2**PUSHED)
    there = F.pad(BUSYNESS * total / share.clamp(min=TINY), sides)
    unknown = F.pad(~level.known, sides, value=True)
    expected = push_pull(there[None], unknown[None, None], PUSHED)[0][:, : known.shape[0], : known.shape[1]]
    return level._replace(image=torch.cat([level.image, expected]), guide=torch.cat([level.guide, expected]))


def _pyramid(finest: Level, side: int) -> list[Level]:
    """Halve the resolution while there are enough patches to choose from."""
    levels = [finest]
    while min(finest.hole.shape) >= 2 * levels[-1].scale * COARSEST:
        level = _halved(levels[-1])
        if not _centres(level.known, side // 2).any():
            break
        levels.append(level)
    return levels


def _halved(level: Level) -> Level:
    image, guide = (F.avg_pool2d(x[None], 2, ceil_mode=True, count_include_pad=False)[0] for x in level[:2])
    hole, unknown = (F.max_pool2d(x[None].float(), 2, ceil_mode=True)[0] > 0 for x in (level.hole, ~level.known))
    return Level(image, guide, hole, ~unknown, 2 * level.scale)


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
    sources = _centres(level.known, radius)
    field = PatchField(_grown(level.hole, radius) & _inner(level.hole, radius), sources, generator)
    describe = PatchDescriptor(level.image, sources, side, COMPONENTS)
    known, nearness = describe(level.image), _nearness(level.hole)[field.places]
    filled = level.image
    if coarse is not None:
        origin = field.refine(coarse)
        inherited = torch.where(origin < 0, TINY, weights[origin.clamp(min=0)])
        filled = _guided(level, _vote(level, field, inherited, radius))
    for number in range(rounds):
        field.compare(known, describe(filled))
        _search(field, thorough=number == 0)
        weights = _weights(field.distances) * nearness + TINY
        votes = _vote(level, field, weights, radius)
        filled = _guided(level, votes)
    return field, weights, votes


def _search(field: PatchField, *, thorough: bool) -> None:
    if thorough and field.pairs <= EXHAUSTIVE:
        field.search_everywhere()
        return
    field.propagate(STEPS)
    field.search_around(max(field.height, field.width) // 2 if thorough else NEARBY)
    field.propagate((1,))


def _weights(distances: Tensor) -> Tensor:
    usual = torch.quantile(distances[:: -(-len(distances) // 2**16)], 0.75).clamp(min=TINY)
    return torch.exp(-distances / (SELECTIVE * usual))


def _vote(level: Level, field: PatchField, weights: Tensor, radius: int) -> Votes:
    """Ask every patch over each pixel of the hole what its match has there."""
    height, width = level.hole.shape
    pixels = torch.nonzero(level.hole.flatten())[:, 0]
    y, x = pixels // width, pixels % width
    colours, offsets, weight_of = level.image.flatten(1).T.contiguous(), field.offsets, field.spread(weights)
    total = colours.new_zeros(len(pixels), colours.shape[1])
    weight, most = total.new_zeros(len(pixels)), total.new_zeros(len(pixels))
    best = torch.zeros_like(pixels)
    for down in range(-radius, radius + 1):
        for right in range(-radius, radius + 1):
            inside = (y >= down) & (y < height + down) & (x >= right) & (x < width + right)
            patch = torch.where(inside, pixels - down * width - right, 0)
            counts, offset = torch.where(inside, weight_of[patch], 0.0), offsets[patch]
            total += colours[(pixels + offset).clamp(0, height * width - 1)] * counts[:, None]
            weight += counts
            central = counts * (1 - 1e-3 * (down**2 + right**2))  # of equal ones, that with its centre nearest
            best, most = torch.where(central > most, offset, best), torch.maximum(most, central)
    heard = weight > 0
    return Votes(pixels[heard], total[heard] / weight[heard, None], best[heard])


def _guided(level: Level, votes: Votes) -> Tensor:
    """Return the picture with the votes in its hole, whose low frequencies are brought nearer to the guide's."""
    filled = level.image.flatten(1).index_copy(1, votes.pixels, votes.colours.T).reshape(level.image.shape)
    error = _blurred(torch.where(level.hole, level.guide - filled, 0.0), GUIDED_SCALE / level.scale)
    return torch.where(level.hole, filled + GUIDED * error, filled)


def _blended(level: Level, votes: Votes) -> Tensor:
    """Lay the differences between neighbours that the matches have into the hole."""
    offsets = torch.zeros(level.hole.numel(), dtype=torch.int64, device=level.hole.device)
    offsets[votes.pixels] = votes.offsets
    right, down = (_differences(level, offsets, axis) for axis in (2, 1))
    return blend(_guided(level, votes), level.hole, right, down, level.guide, PULL)


def _differences(level: Level, offsets: Tensor, axis: int) -> Tensor:
    """Return the differences to the next pixel, each the mean of what both pixels' matches have where it is known."""
    last = (0, 1) if axis == 2 else (0, 0, 0, 1)
    own, length = level.image.diff(dim=axis), level.hole.shape[axis - 1] - 1
    both = level.known.narrow(axis - 1, 0, length) & level.known.narrow(axis - 1, 1, length)
    there, is_known = F.pad(own, last).flatten(1), F.pad(both, last).flatten()
    pixels = torch.arange(level.hole.numel(), device=level.hole.device).reshape(level.hole.shape)
    first = pixels.narrow(axis - 1, 0, length)
    total, share = torch.zeros_like(own), torch.zeros_like(own[0])
    for asked in (first, pixels.narrow(axis - 1, 1, length)):
        source = (first + offsets[asked]).clamp(0, level.hole.numel() - 1)
        counts = (level.hole.flatten()[asked] & is_known[source]).float()
        total += there[:, source] * counts
        share += counts
    return torch.where(share > 0, total / share.clamp(min=1), own)


def _nearness(hole: Tensor) -> Tensor:
    """Return by how much patches count less towards the middle of a hole, (H * W,)."""
    depth, inside = torch.zeros_like(hole, dtype=torch.float32), hole
    for _ in range(min(DEEPEST, max(hole.shape))):
        depth += inside
        inside = ~_grown(~inside, 1)
    return torch.pow(INWARDS, -depth).flatten()


def _blurred(image: Tensor, sigma: float) -> Tensor:
    radius = max(1, round(3 * sigma))
    taps = torch.arange(-radius, radius + 1, device=image.device)
    kernel = torch.exp(-(taps**2) / (2 * sigma**2))
    row = (kernel / kernel.sum()).expand(image.shape[0], 1, 1, -1)
    wide = F.pad(image[None], (radius,) * 4, mode="replicate")
    return F.conv2d(F.conv2d(wide, row, groups=len(row)), row.transpose(2, 3), groups=len(row))[0]


def _grown(mask: Tensor, radius: int) -> Tensor:
    return F.max_pool2d(mask[None].float(), 2 * radius + 1, 1, radius)[0] > 0


def _centres(known: Tensor, radius: int) -> Tensor:
    """Return where the centres of patches lie of which everything is known."""
    return ~_grown(~known, radius) & _inner(known, radius)


def _inner(mask: Tensor, radius: int) -> Tensor:
    """Return where patches don't stick out of the picture."""
    inner = torch.zeros_like(mask)
    inner[radius : mask.shape[0] - radius, radius : mask.shape[1] - radius] = True
    return inner
