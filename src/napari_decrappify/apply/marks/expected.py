"""What is to be expected under a mark: what un-blending says and what a guess says, each by how far off it may be.

Of a pixel J = (1 - s) I + s c + noise, of strength s = o m, both I and m are in doubt. For any m, the best I is the
guess and what of the difference from it can't be noise (Wiener, 1949); how likely that m is follows from how large the
difference is. The mean over all m is the expectation of I, which has the least squared error: where the mark is opaque
or can't be told from its ground, that is the guess; where the mark is surely known, what un-blending gives; in between,
in between.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .belief import Belief
from .fitting import FREEDOM, Floats

TRIED = np.linspace(0, 1.2, 31, dtype=np.float32)
"""Coverages: some above 1, as an opacity may be found too small."""
MOST = 0.98
"""Strength that a pixel has at the most: what is opaque says nothing."""
FREE_CHANNELS = 1.5
"""As how many independent ones colours' errors count: mostly they are those of brightness."""
NOISES = (0.006, 0.012, 0.025, 0.05)
"""How far off, in the unit range, an image's numbers may be: rounded, or compressed, or of a mark not quite so."""
MOST_PIXELS = 4000
"""Of which it is found out."""
OTHER, OTHERS = 0.3, 3e-4
"""Deviation from the guess of what is no such mark at all, where that guess stays, and how probable that is."""


def expected(
    image: Floats, guess: Floats, belief: Belief, color: Floats, opacity: float, rough: Floats, noise: float
) -> Floats:
    """Return what to expect of pixels under a mark.

    Parameters
    ----------
    image, guess : ndarray of float32
        (N, C), in the unit range: with the mark, and about what lies under it.
    belief : Belief
        (N,): what is known of the coverage.
    color : ndarray of float32
        (C,) or (N, C): the mark's.
    opacity : float
        The mark's.
    rough : ndarray of float32
        (N,): how far off the guess may be, as a standard deviation.
    noise : float
        How far off the image's numbers may be.

    Returns
    -------
    ndarray of float32
        (N, C), not clipped.
    """
    highest = np.full(len(image), -np.inf, np.float32)
    total, priors = (np.zeros(len(image), np.float32) for _ in range(2))
    weighted = np.zeros_like(image)
    for prior, likely, shift in _tried(image, guess, belief, color, opacity, rough, noise):
        top = np.maximum(highest, prior + likely)
        fade, weight = np.exp(highest - top), np.exp(prior + likely - top)
        total, priors = total * fade + weight, priors + np.exp(prior)
        weighted = weighted * fade[:, None] + weight[:, None] * shift
        highest = top
    other = OTHERS * priors * np.exp(np.minimum(_other(image, guess) - highest, 50))
    result: Floats = guess + weighted / (total + other)[:, None]
    return result


def likeliest_noise(
    image: Floats, guess: Floats, belief: Belief, color: Floats, opacity: float, rough: Floats
) -> float:
    """Return which noise makes pixels likeliest; parameters as for `expected`."""
    few = slice(None, None, max(1, len(image) // MOST_PIXELS))
    color = color[few] if color.ndim == 2 else color
    known = belief.at(few)
    found = [evidence(image[few], guess[few], known, color, opacity, rough[few], noise).sum() for noise in NOISES]
    return NOISES[int(np.argmax(found))]


def _other(image: Floats, guess: Floats) -> Floats:
    """Return how well it explains pixels that they are something else."""
    distance: Floats = FREE_CHANNELS * np.square(image - guess).mean(-1) / OTHER**2
    return -distance / 2 - np.float32(FREE_CHANNELS * np.log(OTHER))


def evidence(
    image: Floats, guess: Floats, belief: Belief, color: Floats, opacity: float, rough: Floats, noise: float = NOISES[0]
) -> Floats:
    """Return the logarithm of how likely pixels are, (N,), whatever their coverage; parameters as for `expected`."""
    likelihood, priors = (np.full(len(image), -np.inf, np.float32) for _ in range(2))
    for prior, likely, _ in _tried(image, guess, belief, color, opacity, rough, noise):
        likelihood, priors = np.logaddexp(likelihood, prior + likely), np.logaddexp(priors, prior)
    result: Floats = likelihood - priors
    return result


def _tried(
    image: Floats, guess: Floats, belief: Belief, color: Floats, opacity: float, rough: Floats, noise: float
) -> Iterator[tuple[Floats, Floats, Floats]]:
    """Yield for each coverage its probability, how well it explains pixels, and what then differs from the guess."""
    ground, known = np.square(rough), np.float32(noise**2)
    for coverage in TRIED:
        strength = min(np.float32(opacity) * coverage, np.float32(MOST))
        variance = (1 - strength) ** 2 * ground + known
        apart = image - guess - strength * (color - guess)
        distance = FREE_CHANNELS * np.square(apart).mean(-1) / variance
        likely = -(FREEDOM + FREE_CHANNELS) / 2 * np.log1p(distance / FREEDOM) - FREE_CHANNELS / 2 * np.log(variance)
        prior = -np.square((coverage - belief.coverage) / belief.doubt) / 2
        yield prior, likely, ((1 - strength) * ground / variance)[:, None] * apart
