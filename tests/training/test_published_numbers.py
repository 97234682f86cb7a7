"""The full recipes have the numbers that were published."""

from __future__ import annotations

from typing import Any

import pytest

from napari_decrappify.training.recipes.files import load_recipe
from napari_decrappify.training.recipes.loss import AdaptiveSwitch, FixedSwitch
from napari_decrappify.training.recipes.recipe import Recipe
from napari_decrappify.training.recipes.stages import (
    Adversarial,
    PretrainCritic,
    PretrainGenerator,
    SavePredictions,
)


def budget(recipe: Recipe) -> list[tuple[Any, ...]]:
    """Return of every stage what the published tables say of it."""
    facts = []
    for stage in recipe.sequence:
        if isinstance(stage, SavePredictions):
            facts.append(("save", stage.size, stage.share))
        else:
            frozen = isinstance(stage, PretrainGenerator | Adversarial) and stage.frozen
            facts.append((type(stage), frozen, stage.epochs, stage.lr, stage.schedule, stage.warmup))
    return facts


GENERATOR = [
    (PretrainGenerator, True, 2, 3e-3, "one-cycle", 0.8),
    (PretrainGenerator, False, 3, (1e-6, 1e-3), "one-cycle", 0.3),
]


@pytest.mark.parametrize(
    ("name", "epochs"), [("lesson7-gan", 40), ("pets-restoration", 80), ("watermark-gan", 20)], ids=str
)
def test_lesson_7_and_its_descendants(name: str, epochs: int) -> None:
    recipe = load_recipe(name)
    critic = (PretrainCritic, False, 6, 1e-3, "one-cycle", 0.3)
    play = (Adversarial, False, epochs, 1e-4, "constant", 0.0)
    assert budget(recipe) == [*GENERATOR, ("save", 128, 1.0), critic, play]
    last = recipe.sequence[-1]
    assert isinstance(last, Adversarial)
    assert last.play.switch == AdaptiveSwitch(threshold=0.65)
    assert (last.play.weight, last.play.content, last.play.critic_lr, last.play.betas) == (1, 50, 5, (0.0, 0.99))
    assert last.play.objective == "bce"
    assert last.play.label_smoothing == 0
    assert last.play.frozen_party_evaluates
    assert recipe.critic is not None
    assert (recipe.critic.architecture, recipe.critic.options) == ("patch-critic", {})
    assert recipe.optimizer.weight_decay == 1e-3


def test_the_pixel_loss_of_lesson_7() -> None:
    recipe = load_recipe("lesson7-pixel")
    assert budget(recipe) == GENERATOR
    assert recipe.sequence[0].model_dump()["early"] == 0.1
    assert recipe.loss.model_dump(include={"pixel", "units", "feature"}) == {
        "pixel": "mse",
        "units": "imagenet",
        "feature": None,
    }
    assert recipe.generator.options == {
        "encoder": "resnet34",
        "norm": "weight",
        "blur": True,
        "self_attention": True,
        "bounds": [-3.0, 3.0],
    }
    assert (recipe.seed, recipe.data.held_out, recipe.data.batch, recipe.data.patch) == (42, 0.1, 8, 128)
    augment = recipe.data.augment
    assert (augment.rotate, augment.zoom, augment.warp, augment.lighting) == (10, 2, 0.2, 0.2)
    assert (augment.affine_probability, augment.lighting_probability) == (0.75, 0.75)
    assert recipe.data.flips == "horizontal"


def test_the_feature_loss_of_lesson_7_with_its_progressive_resizing() -> None:
    recipe = load_recipe("lesson7-feature")
    assert budget(recipe) == [
        (PretrainGenerator, True, 10, 1e-2, "one-cycle", 0.9),
        (PretrainGenerator, False, 10, (1e-5, 1e-3), "one-cycle", 0.9),
        (PretrainGenerator, True, 10, 1e-3, "one-cycle", 0.9),
        (PretrainGenerator, False, 10, (1e-6, 1e-4), "one-cycle", 0.3),
    ]
    sizes = [stage.data_of(recipe.data) for stage in recipe.sequence if isinstance(stage, PretrainGenerator)]
    assert [(size.patch, size.resize, size.batch) for size in sizes] == [(128, 128, 32)] * 2 + [(256, 256, 12)] * 2
    feature = recipe.loss.feature
    assert feature is not None
    assert (feature.extractor, feature.layers, feature.gram) == ("vgg16_bn", (5.0, 15.0, 2.0), 5e3)
    assert recipe.loss.pixel == "l1"
    assert recipe.generator.options == {
        "encoder": "resnet34",
        "norm": "weight",
        "blur": True,
        "self_attention": False,
    }, "neither attention nor bounds"


def test_adversarial_infill() -> None:
    recipe = load_recipe("adversarial-infill")
    (stage,) = recipe.sequence
    assert isinstance(stage, Adversarial)
    assert (stage.lr, stage.play.critic_lr, stage.play.betas) == (1e-3, 1, (0.9, 0.999))
    assert stage.play.switch == FixedSwitch(critic=1, generator=1)
    assert stage.play.content == 0, "the published pixel loss is never used"
    assert (recipe.data.batch, recipe.data.patch, recipe.data.preset) == (128, 16, "infill-centre")
    assert stage.steps is not None
    assert stage.steps >= 2 * 4000, "batch 4000, at which fills are good, is a step of either net"


def test_nogan() -> None:
    recipe = load_recipe("nogan")
    warm = budget(recipe)[:4]
    assert warm == [
        (PretrainGenerator, True, 1, 1e-3, "one-cycle", 0.8),
        (PretrainGenerator, False, 1, (3e-7, 3e-4), "one-cycle", 0.0),
        (PretrainGenerator, False, 1, (1e-7, 1e-4), "one-cycle", 0.0),
        (PretrainGenerator, False, 0.5, (5e-8, 5e-5), "one-cycle", 0.0),
    ]
    cycle = [
        ("save", 192, 0.085),
        (PretrainCritic, False, 6, 1e-3, "one-cycle", 0.3),
        (PretrainCritic, False, 4, 1e-4, "one-cycle", 0.3),
        (Adversarial, True, 0.03, 1e-5, "constant", 0.0),
    ]
    assert budget(recipe)[4:] == cycle * 5
    sizes = [s.data_of(recipe.data) for s in recipe.sequence[:8] if not isinstance(s, SavePredictions)]
    assert [(size.patch, size.batch) for size in sizes] == [
        *((64, 88), (64, 88), (128, 22), (192, 11)),
        *((128, 64), (192, 16), (192, 9)),
    ]
    burst = recipe.sequence[7]
    assert isinstance(burst, Adversarial)
    assert (burst.play.content, burst.play.betas, burst.play.critic_lr, burst.keep_every) == (2, (0.0, 0.9), 5, 100)
    assert recipe.loss.feature is not None
    assert (recipe.loss.feature.layers, recipe.loss.feature.gram) == ((20.0, 70.0, 10.0), 0.0)
    assert recipe.critic is not None
    assert recipe.critic.options["width"] == 256


def test_wgan() -> None:
    recipe = load_recipe("wgan")
    (stage,) = recipe.sequence
    assert isinstance(stage, Adversarial)
    assert (stage.epochs, stage.lr, stage.play.clip_weights, stage.play.betas) == (30, 2e-4, 0.01, (0.0, 0.99))
    assert stage.play.switch == FixedSwitch(critic=5, generator=1)
    assert (stage.play.objective, stage.play.content, stage.play.critic_lr) == ("wasserstein", 0, 1)
    assert not stage.play.frozen_party_evaluates
    assert (recipe.data.batch, recipe.data.patch, recipe.optimizer.weight_decay) == (128, 64, 0)
    assert recipe.generator.options["noise"] == 100
