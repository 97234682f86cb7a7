"""Which known patch is most like each patch of a hole: descriptors of patches, and the search for the nearest one."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

PATCHES_LEARNED_FROM = 4096
FIRST = 16
"""Components that are compared before the next ones are looked at."""
PRODUCTS = 2**24
"""Distances that are held at once in an exhaustive search."""


class PatchDescriptor:
    """Patches as the few numbers that tell them apart: their principal components, from the first one on.

    Squared distances of descriptors are mean squared differences of colours, but for what the components left out
    don't know. They cost a fraction of comparing the patches themselves, and the search compares many.

    Parameters
    ----------
    image : Tensor
        (C, H, W) float32.
    sources : Tensor
        (H, W) bool: the centres of the patches that the components are found from.
    side : int
        Of a patch in pixels, odd.
    components : int
        How many numbers describe a patch, at most.
    """

    def __init__(self, image: Tensor, sources: Tensor, side: int, components: int) -> None:
        self.radius = side // 2
        patches = self._patches(image, sources, side)
        centred = patches - patches.mean(0)
        _, axes = torch.linalg.eigh((centred.T @ centred).cpu())  # not every device has it
        best = axes[:, -min(components, axes.shape[1]) :].flip(1).T / math.sqrt(axes.shape[0])
        self._kernel = best.reshape(-1, image.shape[0], side, side).to(image)

    def __call__(self, image: Tensor) -> Tensor:
        """Return the descriptors of all patches, (H * W, components); of those that stick out, zeros."""
        height, width = image.shape[1:]
        inner = F.conv2d(image[None].contiguous(memory_format=torch.channels_last), self._kernel)[0].permute(1, 2, 0)
        whole = inner.new_zeros(height, width, inner.shape[2])
        whole[self.radius : height - self.radius, self.radius : width - self.radius] = inner
        return whole.flatten(0, 1)

    def _patches(self, image: Tensor, sources: Tensor, side: int) -> Tensor:
        y, x = torch.nonzero(sources, as_tuple=True)
        step = -(-len(y) // PATCHES_LEARNED_FROM)
        span = torch.arange(-self.radius, side - self.radius, device=image.device)
        rows, columns = y[::step, None, None] + span[:, None], x[::step, None, None] + span
        return image[:, rows, columns].transpose(0, 1).flatten(1)


class PatchField:
    """For each patch of the hole, the known patch that is most like it, as far as was searched.

    Known patches are found by propagation from neighbours and by random search in shrinking circles (Barnes et al.,
    2009), all patches at once; where there are few, by comparing every pair.

    Parameters
    ----------
    wanted : Tensor
        (H, W) bool: the centres of the patches to find something for.
    sources : Tensor
        (H, W) bool: the centres of the known patches; at least one.
    generator : Generator
        Of the first guesses and the random search.

    Attributes
    ----------
    places, matches : Tensor
        (N,) int64: the centres of the wanted patches and of what was found for them, as flat indices.
    distances : Tensor
        (N,) float32: squared distances of their descriptors.
    """

    def __init__(self, wanted: Tensor, sources: Tensor, generator: torch.Generator) -> None:
        self.height, self.width = wanted.shape
        self.places = torch.nonzero(wanted.flatten())[:, 0]
        self._y, self._x = self.places // self.width, self.places % self.width
        self._rank = torch.full((wanted.numel(),), -1, device=wanted.device)
        self._rank[self.places] = torch.arange(len(self.places), device=wanted.device)
        self._is_source, self._generator = sources.flatten(), generator
        self._sources = torch.nonzero(self._is_source)[:, 0]
        self.matches = self._sources[self._random(0, len(self._sources) - 1)]
        self.distances = torch.full_like(self.matches, torch.inf, dtype=torch.float32)

    @property
    def offsets(self) -> Tensor:
        """(H * W,) int64: how far the match of each wanted patch is, as a flat index; elsewhere 0."""
        return self.spread(self.matches - self.places)

    @property
    def pairs(self) -> int:
        """How many comparisons an exhaustive search makes."""
        return len(self.places) * len(self._sources)

    def spread(self, values: Tensor) -> Tensor:
        """Return values of the wanted patches as (H * W,); elsewhere 0."""
        whole = values.new_zeros(self.height * self.width)
        whole[self.places] = values
        return whole

    def refine(self, coarse: PatchField) -> Tensor:
        """Take over the matches of the field at half the resolution, where they are known patches here too.

        Returns
        -------
        Tensor
            (N,) int64: which patch of the coarse field each was taken from, or -1.
        """
        y, x = self._y // 2, self._x // 2
        y = torch.maximum(torch.minimum(y, coarse._y.max()), coarse._y.min())  # patches near the border
        x = torch.maximum(torch.minimum(x, coarse._x.max()), coarse._x.min())
        origin = coarse._rank[y * coarse.width + x]
        match = coarse.matches[origin.clamp(min=0)]
        found, is_source = self._at(self._y + 2 * (match // coarse.width - y), self._x + 2 * (match % coarse.width - x))
        self.matches = torch.where(is_source & (origin >= 0), found, self.matches)
        return origin

    def compare(self, known: Tensor, filled: Tensor) -> None:
        """Measure the matches anew: (H * W, D) descriptors of the known picture, and of the filled one."""
        self._known, self._filled = known, filled[self.places]
        parts = (slice(FIRST), slice(FIRST, None))
        self._parts = [(self._known[:, part], self._filled[:, part]) for part in parts]
        self._measure()

    def search_everywhere(self) -> None:
        """Find the nearest known patch of each, by matrix products."""
        known = self._known[self._sources]
        norms = known.square().sum(1)
        rows = max(1, PRODUCTS // len(known))
        parts = (self._filled[start : start + rows] for start in range(0, len(self._filled), rows))
        nearest = [torch.addmm(norms, part, known.T, alpha=-2).argmin(1) for part in parts]
        self.matches = self._sources[torch.cat(nearest)]
        self._measure()

    def propagate(self, steps: tuple[int, ...]) -> None:
        """Try what neighbours at these distances found, moved back to here."""
        for step in steps:
            for down, right in ((0, step), (0, -step), (step, 0), (-step, 0)):
                self._try_neighbours(down, right)

    def search_around(self, radius: int) -> None:
        """Try random places around the matches, in circles that shrink by half."""
        while radius:
            y, x = self._random(-radius, radius), self._random(-radius, radius)
            self._try(self.matches // self.width + y, self.matches % self.width + x)
            radius //= 2

    def _measure(self) -> None:
        self.distances = _squared(self._known.index_select(0, self.matches), self._filled)

    def _try_neighbours(self, down: int, right: int) -> None:
        y, x = self._y + down, self._x + right
        inside = (y >= 0) & (y < self.height) & (x >= 0) & (x < self.width)
        neighbour = torch.where(inside, self._rank.index_select(0, torch.where(inside, y * self.width + x, 0)), -1)
        match = self.matches.index_select(0, neighbour.clamp(min=0))
        self._try(torch.where(neighbour < 0, -1, match // self.width - down), match % self.width - right)

    def _try(self, y: Tensor, x: Tensor) -> None:
        found, is_source = self._at(y, x)
        tried = torch.nonzero(is_source & (found != self.matches))[:, 0]
        found, distances = found.index_select(0, tried), torch.zeros((), device=found.device)
        for known, filled in self._parts:  # most are too unlike in the first components already
            distances = distances + _squared(known.index_select(0, found), filled.index_select(0, tried))
            better = torch.nonzero(distances < self.distances.index_select(0, tried))[:, 0]
            found, tried, distances = (one.index_select(0, better) for one in (found, tried, distances))
        self.matches[tried], self.distances[tried] = found, distances

    def _at(self, y: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return flat indices, and whether a known patch is there."""
        inside = (y >= 0) & (y < self.height) & (x >= 0) & (x < self.width)
        flat = torch.where(inside, y * self.width + x, 0)
        return flat, inside & self._is_source.index_select(0, flat)

    def _random(self, lowest: int, highest: int) -> Tensor:
        device = self._generator.device
        drawn = torch.randint(lowest, highest + 1, (len(self.places),), generator=self._generator, device=device)
        return drawn.to(self.places.device)


def _squared(known: Tensor, filled: Tensor) -> Tensor:
    return known.sub_(filled).square_().sum(1)
