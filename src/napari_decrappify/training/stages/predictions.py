"""Saved predictions: what the generator makes of every training picture, and the critic's pairs made of them.

The critic's split is the generator's: a held-out picture is on neither side of what it learns from, and how it judges
those is measured at each evaluation.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import nn

from ...atomic import atomic_folder, atomic_path
from ...bounds import parse_json, read_text
from ...errors import TrainingError
from ..data.pairs import (
    Batch,
    Pairs,
    centre_pair,
    share_of,
)
from ..data.patches import (
    cut,
    draw_place,
    draw_way,
    turned,
)
from ..data.pictures import FolderPictures, Pictures, Plane
from ..data.resized_pictures import resized
from ..evaluation.repair_evaluation import generator_input, to_bytes, to_tensor
from ..recipes.data import DataConfig
from ..recipes.stages import SavePredictions
from ..running.context import TrainingContext

LIST = "predictions.json"
"""What a folder of predictions holds, and of which weights they are."""


class Predictor:
    """Repairs the centres of training pictures and keeps the results.

    Parameters
    ----------
    context : TrainingContext
        Its averaged generator repairs.
    pairs : Pairs
        Its pictures, resized as the recipe says, and its crappifier.
    stage : SavePredictions
        How large, and of which share of the pictures.
    """

    def __init__(self, context: TrainingContext, pairs: Pairs, stage: SavePredictions) -> None:
        self._context, self._crappifier, self._size = context, pairs.crappifier, stage.size
        self._pictures = resized(pairs.pictures, pairs.config.resize)
        order = np.random.default_rng(pairs.seed).permutation(len(self._pictures))
        self._chosen = sorted(int(index) for index in order[: max(1, round(stage.share * len(order)))])

    def save_all(self, folder: Path) -> Iterator[tuple[str, float]]:
        """Write every prediction as 8-bit PNG under the picture's own name, sub-folders too; of broken ones none.

        The folder appears, with the list of them, when the last one is written, in place of what was there before.
        Yields a note of each, and the seconds that it took.
        """
        names, written = self._pictures.names, []
        with atomic_folder(folder) as whole:
            for number, index in enumerate(self._chosen, 1):
                if not self._pictures.readable(index):
                    continue
                started = time.perf_counter()
                written.append(f"{names[index]}.png")
                with atomic_path(whole / written[-1]) as temporary:
                    Image.fromarray(self._prediction(index)).save(temporary)
                yield f"prediction {number} of {len(self._chosen)}", time.perf_counter() - started
            with atomic_path(whole / LIST) as temporary:
                listed = {"weights": weights_of(self._context.average.net), "pictures": written}
                temporary.write_text(json.dumps(listed, indent=1) + "\n", encoding="utf-8")

    def _prediction(self, index: int) -> Plane:
        net, rng = self._context.average.net, np.random.default_rng((self._context.recipe.seed, index))
        inputs, _, mask, _ = centre_pair(self._pictures, index, self._size, self._crappifier, rng)
        with torch.inference_mode():
            given = generator_input(net, to_tensor(inputs[None]), torch.from_numpy(mask)[None, None].float())
            return to_bytes(self._context.generate(net, given).image)


def weights_of(net: nn.Module) -> str:
    """Return what tells a net's weights from others: a SHA-256 of names and values."""
    digest = hashlib.sha256()
    for name, value in net.state_dict().items():
        digest.update(name.encode())
        digest.update(value.detach().contiguous().cpu().reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def saved_predictions(folder: Path, weights: str | None) -> Pictures:
    """Return the predictions in a folder, which must be all those, and of the weights, that a training knows.

    Raises
    ------
    TrainingError
        If they are others, or not all there.
    """
    try:
        listed = parse_json(read_text(folder / LIST))
        found = FolderPictures(folder)
        fit = listed["weights"] == weights and sorted(listed["pictures"]) == sorted(found.names)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _foreign(folder, str(error)) from error
    if not fit:
        raise _foreign(folder, "others, or not all of them")
    return found


def _foreign(folder: Path, got: str) -> TrainingError:
    advice = "Start anew in another folder."
    return TrainingError(f"the predictions that this training saved in {folder}", got, advice)


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
        untouched = np.zeros(clean.shape[:3], np.uint8)
        return Batch(generated, clean, untouched > 0, untouched, tuple(self.clean.left_out))

    def _sides(self, step: int, index: int) -> tuple[Plane, Plane]:
        rng = np.random.default_rng((self.seed, step, index))
        generated, clean = (self._patch(pictures, rng) for pictures in (self.generated, self.clean))
        return generated, clean

    def _patch(self, pictures: Pictures, rng: np.random.Generator) -> Plane:
        patch = cut(pictures, draw_place(pictures, self.config.patch, rng))
        return turned(patch, draw_way(self.config.flips, rng))
