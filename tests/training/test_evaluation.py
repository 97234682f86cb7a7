"""The evaluation finds damage as the shipped model does, so that the card's figures are of what a user gets."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from torch import Tensor

from napari_decrappify import nets, remove_watermark
from napari_decrappify.degrade import Crappifier
from napari_decrappify.models import ModelCard, save_model
from napari_decrappify.nets import Generator, Repaired
from napari_decrappify.training.data.pictures import ArrayPictures
from napari_decrappify.training.evaluation.repair_evaluation import EvaluatedPicture, RepairEvaluation
from napari_decrappify.training.recipes.recipe import Recipe

FAINT, SURE = 235, 250  # probabilities of about .9 and .999 to the net of these tests


class Negative(Generator):
    """Calls bright pixels damaged, and turns black into white."""

    def forward(self, x: Tensor) -> Repaired:
        return Repaired(1 - x, 100 * (x.mean(1, keepdim=True) - 0.9))


@pytest.fixture
def picture() -> np.ndarray:
    dark = np.zeros((32, 48, 3), np.uint8)
    dark[20, [10, 40]] = FAINT
    dark[20, 15] = SURE
    return dark


def judged_and_shipped(
    recipe: Recipe, picture: np.ndarray, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[EvaluatedPicture, np.ndarray]:
    """Judge a clean picture by the recipe, and repair it with a model whose card has the recipe's rule."""
    monkeypatch.setitem(nets.ARCHITECTURES, "negative", Negative)
    (judged,) = RepairEvaluation(recipe, ArrayPictures([picture]), Crappifier()).evaluate(
        Negative(), lambda net, x: net(x)
    )
    rule = {"mask_threshold": recipe.card.mask_threshold, "mask_seed": recipe.card.mask_seed}
    path = folder / "negative.safetensors"
    save_model(path, Negative(), ModelCard(name="negative", task="watermark", architecture="negative", **rule))
    return judged, remove_watermark(judged.input, model=path, precision="fp32")


@pytest.mark.parametrize(("seed", "changed"), [(None, 27), (0.99, 18)])
def test_what_is_judged_is_what_ships(
    tmp_path: Path,
    tiny_watermark: Recipe,
    picture: np.ndarray,
    monkeypatch: pytest.MonkeyPatch,
    seed: float | None,
    changed: int,
) -> None:
    card = tiny_watermark.card.model_copy(update={"mask_seed": seed})
    evaluation = tiny_watermark.evaluation.model_copy(update={"size": 48})
    recipe = tiny_watermark.model_copy(update={"card": card, "evaluation": evaluation})
    judged, shipped = judged_and_shipped(recipe, picture, tmp_path, monkeypatch)
    np.testing.assert_array_equal(judged.output, shipped)
    assert np.count_nonzero((shipped != picture).any(-1)) == changed
    assert judged.metrics["changed_clean"] == pytest.approx(changed / picture[..., 0].size)
