"""Critic and generator play by the rules, in the stage that trains them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from napari_decrappify.training.data.pairs import Batch, Pairs, find_crappifier
from napari_decrappify.training.data.pictures import FolderPictures
from napari_decrappify.training.optimization.schedule import learning_rate
from napari_decrappify.training.recipes.recipe import Recipe
from napari_decrappify.training.recipes.stages import Adversarial, PretrainCritic, PretrainGenerator
from napari_decrappify.training.running.context import TrainingContext, build_context
from napari_decrappify.training.running.distributed import ProcessGroup
from napari_decrappify.training.stages.adversarial import AdversarialStage
from napari_decrappify.training.stages.pretrain_critic import CriticStage
from napari_decrappify.training.stages.pretrain_generator import GeneratorStage

Weights: TypeAlias = dict[str, Tensor]
TURNS = {"kind": "fixed", "critic": 2, "generator": 1}


class Play:
    """An adversarial stage, and what of its nets each step changes."""

    def __init__(self, recipe: dict[str, Any], photos: Path, **changes: Any) -> None:
        play = {"switch": TURNS, **changes.pop("play", {})}
        stage = {"kind": "adversarial", "steps": 100, "lr": 1e-3, "play": play, **changes}
        chosen = Recipe.model_validate({**recipe, "stages": [stage]})
        self.context: TrainingContext = build_context(chosen, ProcessGroup(torch.device("cpu")), torch.float32)
        (self.stage,) = chosen.sequence
        assert isinstance(self.stage, Adversarial)
        self.learning = AdversarialStage(self.context, self.stage)
        self.pairs = Pairs(FolderPictures(photos), find_crappifier(chosen.data.preset), chosen.data, chosen.seed)
        self.taken = 0

    def batch(self) -> Batch:
        return self.pairs.batch(self.taken)

    def step(self, parts: int = 1) -> dict[str, float]:
        """Take a step as the trainer does."""
        batch = self.batch()
        self.learning.set_rate(learning_rate(self.learning.stage, self.taken, 100), self.taken, 100)
        self.taken += 1
        return self.learning.learn(batch, self.taken - 1, parts)

    def weights(self) -> dict[str, Weights]:
        return {
            name: {key: value.clone() for key, value in net.state_dict().items()}
            for name, net in self.context.nets.items()
        }


@pytest.fixture
def play(restorer: dict[str, Any], photos: Path) -> Callable[..., Play]:
    """Begin to play: changes of the stage by keyword."""
    return lambda **changes: Play(restorer, photos, **changes)


def changed(before: Weights, after: Weights) -> set[str]:
    return {name for name in before if not torch.equal(before[name], after[name])}


def parameters(net: nn.Module) -> set[str]:
    return {name for name, _ in net.named_parameters()}


def test_each_net_changes_in_its_own_turns_only(play: Callable[..., Play]) -> None:
    game = play()
    critic = game.context.sure_critic()
    for turn in "CCGCCG":
        before = game.weights()
        figures = game.step()
        after = game.weights()
        assert ("critic_loss" in figures) == (turn == "C")
        assert ("generator_loss" in figures) == (turn == "G")
        assert bool(changed(before["critic"], after["critic"]) & parameters(critic)) == (turn == "C")
        for net in ("generator", "average"):
            assert bool(changed(before[net], after[net])) == (turn == "G"), f"{net} in {turn}"
        if turn == "G":
            assert not changed(before["critic"], after["critic"])


def test_the_gradient_reaches_the_generator_through_a_critic_that_does_not_learn(play: Callable[..., Play]) -> None:
    game = play(play={"content": 0.0, "switch": {"kind": "fixed"}})
    game.step()
    before = game.weights()
    learns: list[set[bool]] = []
    critic = game.context.sure_critic()
    critic.register_forward_hook(lambda *_: learns.append({p.requires_grad for p in critic.parameters()}))
    figures = game.step()
    assert learns == [{False}]
    assert figures["generator_loss"] == pytest.approx(figures["opinion"])
    assert "to_image.weight" in changed(before["generator"], game.weights()["generator"])
    assert all(p.requires_grad for p in critic.parameters()), "it learns again in the stages after this one"


@pytest.mark.parametrize("rests", [True, False])
def test_dropout_and_batch_statistics_rest_in_the_net_that_does_not_learn(
    play: Callable[..., Play], rests: bool
) -> None:
    game = play(play={"frozen_party_evaluates": rests, "switch": {"kind": "fixed"}})
    modes: list[tuple[str, bool]] = []
    for name, net in (("critic", game.context.sure_critic()), ("generator", game.context.generator)):
        net.register_forward_hook(lambda module, *_, name=name: modes.append((name, module.training)))
    game.step()
    assert modes == [("generator", not rests), ("critic", True), ("critic", True)]
    modes.clear()
    before = game.weights()["critic"]
    game.step()
    assert modes == [("generator", True), ("critic", not rests)]
    assert bool(changed(before, game.weights()["critic"])) == (not rests), "its spectral norms go on estimating"


def test_adam_has_no_momentum_and_the_critic_five_times_the_rate(play: Callable[..., Play]) -> None:
    game = play(lr=2e-4)
    game.step()
    groups = {name: learner.optimizer.param_groups for name, learner in game.learning.learners.items()}
    assert {group["lr"] for group in groups["generator"]} == {2e-4}
    assert {group["lr"] for group in groups["critic"]} == {5 * 2e-4}
    assert {group["betas"] for group in [*groups["generator"], *groups["critic"]]} == {(0.0, 0.99)}


def test_a_frozen_encoder_changes_by_its_batch_normalisation_only(photos: Path, restorer: dict[str, Any]) -> None:
    options = {"encoder": "mobilenet_v2", "self_attention": False}
    generator = {"architecture": "dynamic-unet", "options": options, "weights_from": "none"}
    game = Play({**restorer, "generator": generator}, photos, frozen=True, play={"switch": {"kind": "fixed"}})
    generator = game.context.generator
    early = [module for group in generator.layer_groups()[:-1] for layer in group for module in layer.modules()]
    normal = {p for module in early if isinstance(module, nn.BatchNorm2d) for p in module.parameters()}
    still = {p for module in early for p in module.parameters(recurse=False)} - normal
    before = {p: p.detach().clone() for p in generator.parameters()}
    for _ in range(4):
        game.step()
    assert len(still) > 20
    assert all(torch.equal(p, before[p]) for p in still)
    assert any(not torch.equal(p, before[p]) for p in normal)
    assert all(not torch.equal(p, before[p]) for group in generator.layer_groups()[-1:] for p in group[-1].parameters())


def test_a_wasserstein_critics_weights_stay_within_their_limits(restorer: dict[str, Any], photos: Path) -> None:
    recipe = {
        **restorer,
        "generator": {"architecture": "dcgan", "options": {"size": 32, "features": 4, "noise": 8}},
        "critic": {"architecture": "dcgan-critic", "options": {"size": 32, "features": 4}},
        "task": "generate",
    }
    rules = {"objective": "wasserstein", "clip_weights": 0.01, "content": 0.0}
    game = Play(recipe, photos, play=rules)
    largest = []
    for _ in range(3):
        figures = game.step()
        largest.append(max(p.abs().max().item() for p in game.context.sure_critic().parameters()))
        assert "critic_real" not in figures
    assert largest[0] == pytest.approx(0.01)
    assert max(largest) <= 0.01 + 1e-8


def test_the_critic_sees_the_same_crop_of_both_sides(play: Callable[..., Play]) -> None:
    game = play(patch=48, play={"crop": 32})
    game.pairs = game.pairs.of_stage(game.learning.stage)
    seen: list[Tensor] = []
    game.context.sure_critic().register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0].detach()))
    batch = game.batch()
    game.step()
    real, generated = seen
    assert real.shape == generated.shape == (3, 3, 32, 32)
    targets = torch.from_numpy(batch.targets).permute(0, 3, 1, 2) / 255
    places = [(y, x) for y in range(17) for x in range(17) if torch.equal(targets[..., y : y + 32, x : x + 32], real)]
    assert len(places) == 1
    assert not torch.equal(real, generated)


def test_a_step_is_a_pure_function_of_seed_and_number(play: Callable[..., Play]) -> None:
    one, other = play(), play()
    torch.manual_seed(5)
    first = one.step()
    torch.manual_seed(6)
    assert other.step() == first
    other.taken = 0
    assert other.step() != first


def test_pretraining_the_critic_leaves_the_generator_alone(restorer: dict[str, Any], photos: Path) -> None:
    game = Play(restorer, photos)
    stage = PretrainCritic(steps=1, lr=1e-3)
    critic, generator, before = CriticStage(game.context, stage), game.weights()["generator"], game.weights()["critic"]
    batch = game.batch()
    critic.set_rate(1e-3, 0, 1)
    figures = critic.learn(batch._replace(inputs=batch.targets), 0, 1)
    assert set(figures) == {"critic_loss", "critic_real", "critic_generated"}
    assert not changed(generator, game.weights()["generator"])
    assert changed(before, game.weights()["critic"]) & parameters(game.context.sure_critic())


def test_pretraining_the_generator_leaves_the_critic_alone(restorer: dict[str, Any], photos: Path) -> None:
    game = Play(restorer, photos)
    stage = GeneratorStage(game.context, PretrainGenerator(steps=1, lr=1e-3))
    before = game.weights()
    stage.set_rate(1e-3, 0, 1)
    figures = stage.learn(game.batch(), 0, 1)
    assert figures["loss"] == pytest.approx(figures["pixel"])
    assert not changed(before["critic"], game.weights()["critic"])
    assert "to_image.weight" in changed(before["generator"], game.weights()["generator"])


def test_the_critics_loss_is_that_of_its_logits(play: Callable[..., Play]) -> None:
    game = play()
    logits: list[Tensor] = []
    game.context.sure_critic().register_forward_hook(lambda *call: logits.append(call[-1].detach().double()))
    figures = game.step()
    real, generated = (values.numpy() for values in logits)
    expected = (np.log1p(np.exp(-real)).mean() + np.log1p(np.exp(generated)).mean()) / 2
    assert figures["critic_loss"] == pytest.approx(expected, rel=1e-5)
    assert figures["critic_real"] == pytest.approx((real > 0).mean())
    assert figures["critic_generated"] == pytest.approx((generated <= 0).mean())
