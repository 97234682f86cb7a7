"""Saved predictions: what the generator makes of every training picture, and the critic's pairs made of them.

The critic's split is the generator's: a held-out picture is on neither side of what it learns from, and how it judges
those is measured at each evaluation.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from ..atomic import atomic_path
from .evaluation import generator_input, to_bytes, to_tensor
from .pairs import Batch, Pairs, centre_pair, share_of
from .patches import cut, draw_place, draw_way, turned
from .pictures import Pictures, Plane
from .recipe_data import DataConfig
from .recipe_stages import SavePredictions
from .resized_pictures import resized
from .studio import Studio


class Predictor:
    """Repairs the centres of training pictures and keeps the results.

    Parameters
    ----------
    studio : Studio
        Its averaged generator repairs.
    pairs : Pairs
        Its pictures, resized as the recipe says, and its crappifier.
    stage : SavePredictions
        How large, and of which share of the pictures.
    """

    def __init__(self, studio: Studio, pairs: Pairs, stage: SavePredictions) -> None:
        self._studio, self._crappifier, self._size = studio, pairs.crappifier, stage.size
        self._pictures = resized(pairs.pictures, pairs.config.resize)
        order = np.random.default_rng(pairs.seed).permutation(len(self._pictures))
        self._chosen = sorted(int(index) for index in order[: max(1, round(stage.share * len(order)))])

    def save_all(self, folder: Path) -> Iterator[tuple[str, float]]:
        """Write every prediction as 8-bit PNG under the picture's own name, sub-folders too; of broken ones none.

        Yields a note of each, and the seconds that it took.
        """
        names = self._pictures.names
        for number, index in enumerate(self._chosen, 1):
            if not self._pictures.readable(index):
                continue
            started = time.perf_counter()
            with atomic_path(folder / f"{names[index]}.png") as temporary:
                Image.fromarray(self._prediction(index)).save(temporary)
            yield f"prediction {number} of {len(self._chosen)}", time.perf_counter() - started

    def _prediction(self, index: int) -> Plane:
        net, rng = self._studio.average.net, np.random.default_rng((self._studio.recipe.seed, index))
        inputs, _, mask = centre_pair(self._pictures, index, self._size, self._crappifier, rng)
        with torch.inference_mode():
            given = generator_input(net, to_tensor(inputs[None]), torch.from_numpy(mask)[None, None].float())
            return to_bytes(self._studio.generate(net, given).image)


@dataclass(frozen=True)
class CriticPairs:
    """Patches of saved predictions and of clean pictures, two unrelated ones a pair.

    Parameters
    ----------
    clean : Pictures
        Clean pictures of the training split.
    generated : Pictures
        Saved predictions of the same split.
    config : DataConfig
        Patch, batch, flips.
    seed : int
        Draws everything, together with the step and the index.
    """

    clean: Pictures
    generated: Pictures
    config: DataConfig
    seed: int

    def batch(self, step: int, rank: int = 0, world: int = 1) -> Batch:
        """Return one process's share of the batch of a step; see `share_of`."""
        sides = [self._sides(step, index) for index in share_of(self.config.batch, rank, world)]
        generated, clean = (np.stack(side) for side in zip(*sides, strict=True))
        return Batch(generated, clean, np.zeros(clean.shape[:3], bool), tuple(self.clean.left_out))

    def _sides(self, step: int, index: int) -> tuple[Plane, Plane]:
        rng = np.random.default_rng((self.seed, step, index))
        generated, clean = (self._patch(pictures, rng) for pictures in (self.generated, self.clean))
        return generated, clean

    def _patch(self, pictures: Pictures, rng: np.random.Generator) -> Plane:
        patch = cut(pictures, draw_place(pictures, self.config.patch, rng))
        return turned(patch, draw_way(self.config.flips, rng))
