"""What is made of the colours that a net finds for a reduced plane: patches give way, and hints spread over them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..engine.blending import Pixels
from ..engine.run_context import RunContext

SUREST = 5e-4  # the variance below which no colour counts more
USUAL = 5e-3  # the variance of colours of nets that don't tell
SAY = 1e-4  # of the net's colours over their variance, where neighbours of like luma are to be alike by the evenness
SAY_BESIDE_HINTS = 5e-6  # the same, where hints say what neighbours are to be alike to
HINT = 50.0  # the say of a reduced pixel full of hints
LEAST = 1e-3  # evenness that does anything
WAY = 0.1  # how far the net's colours give way to hints: the lower, the further hints reach


@dataclass(frozen=True)
class Finish:
    """How the colours that a net finds are finished.

    Attributes
    ----------
    run_context : RunContext
        What found them: where it was sure of them, they count more.
    evenness : float
        How much neighbours of like luma are to be alike; 0 leaves the colours as they were found.
    """

    run_context: RunContext
    evenness: float

    def settled(self, luma: Pixels, chroma: Pixels, hints: tuple[Pixels, Pixels] | None) -> Pixels:
        """Return the finished chroma of a reduced plane.

        Parameters
        ----------
        luma, chroma : ndarray of float32
            (y, x), and the (y, x, 3) that was found.
        hints : (ndarray, ndarray) of float32, optional
            As `PlaneHints.reduced` returns them.
        """
        trust: Pixels = np.reciprocal(self._variance(luma) + np.float32(SUREST))
        if self.evenness:
            chroma = _even(luma, chroma, np.float32(SAY / max(self.evenness, LEAST)) * trust)
        if hints is not None:
            say = np.float32(SAY_BESIDE_HINTS * self.run_context.strength) * trust
            chroma = _hinted(luma, chroma, say, *hints)
        return chroma

    def _variance(self, luma: Pixels) -> Pixels:
        from .odds import odds_on

        odds = odds_on(self.run_context, luma)
        return np.full_like(luma, USUAL) if odds is None else odds.variance()


def _even(luma: Pixels, chroma: Pixels, say: Pixels) -> Pixels:
    from .spreading import spread

    return spread(luma, say, say[..., None] * chroma)


def _hinted(luma: Pixels, chroma: Pixels, say: Pixels, wanted: Pixels, share: Pixels) -> Pixels:
    """Return hints, spread, where they reach, and the chroma that was found elsewhere."""
    from .spreading import spread

    hint = np.float32(HINT) * share
    told = np.concatenate([wanted, np.ones_like(wanted[..., :1])], -1)
    spread_hints = spread(luma, say + hint, hint[..., None] * told)
    reach = spread_hints[..., 3:].clip(0, 1)
    rest = np.float32(WAY) * (np.float32(1) - reach)
    mixed: Pixels = np.divide(spread_hints[..., :3] + rest * chroma, reach + rest)
    return mixed
