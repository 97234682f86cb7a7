"""Judging a generator that makes pictures from noise: the same noise each time, in a grid."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch

from ...degrade import Crappifier
from ...nets import Generator
from ..data.pairs import centre_pair
from ..data.picture_source import readable_from
from ..data.pictures import Pictures, Plane
from ..recipes.recipe import Recipe
from .gallery import EvaluatedPicture
from .repair_evaluation import Forward, to_bytes


class SampleEvaluation:
    """Fixed noise, and held-out pictures for the critic to compare with.

    Parameters
    ----------
    recipe : Recipe
        Its `evaluation` says how many samples; its seed draws the noise.
    pictures : Pictures
        Held-out pictures.
    """

    def __init__(self, recipe: Recipe, pictures: Pictures) -> None:
        self._recipe = recipe
        count = recipe.evaluation.pictures
        self._reals = [self._centre(pictures, index % len(pictures)) for index in range(count)]

    def evaluate(self, net: Generator, run: Forward) -> list[EvaluatedPicture]:
        """Make a picture of each noise vector; there are no figures of single pictures."""
        device = next(net.parameters()).device
        rng = torch.Generator().manual_seed(self._recipe.seed)
        evaluated = []
        for real in self._reals:
            noise = torch.randn(1, net.noise, 1, 1, generator=rng).to(device)
            evaluated.append(EvaluatedPicture(real, to_bytes(run(net, noise).image), real, {}))
        return evaluated

    def _centre(self, pictures: Pictures, index: int) -> Plane:
        clean = Crappifier()
        rng = np.random.default_rng(self._recipe.seed)
        return centre_pair(pictures, readable_from(pictures, index), self._recipe.data.patch, clean, rng)[1]

    def picture(self, evaluated: list[EvaluatedPicture]) -> npt.NDArray[np.uint8]:
        """Draw the samples in a square grid."""
        columns = max(1, round(len(evaluated) ** 0.5))
        rows = [
            np.concatenate([one.output for one in evaluated[start : start + columns]], 1)
            for start in range(0, len(evaluated) - columns + 1, columns)
        ]
        return np.concatenate(rows)
