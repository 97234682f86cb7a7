"""What the stages of a training share: the nets, where they compute, and how a batch goes through them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from ...apply.engine.chain import within_range
from ...errors import RecipeError
from ...models import load_model
from ...models.interpolation import mix_weights
from ...models.pretrained import pretrained_weights
from ...nets import (
    Critic,
    Generator,
    Repaired,
    build,
    build_critic,
)
from ...tasks import task_named
from ..data.pairs import Batch
from ..evaluation.repair_evaluation import generator_input, to_tensor
from ..optimization.ema import AveragedWeights
from ..recipes.recipe import Recipe
from .distributed import ProcessGroup

"""Tasks whose nets see values within [0, 1] only: what lies outside is damage."""


class Sample(NamedTuple):
    """A part of a batch on the device.

    Parameters
    ----------
    inputs, target, mask, coverage : Tensor
        What the generator sees, what it should make, the true damage, and how much of each pixel is covered.
    share : float
        Of the batch, so that its parts add up to the batch however it is cut.
    """

    inputs: Tensor
    target: Tensor
    mask: Tensor
    coverage: Tensor
    share: float


@dataclass
class TrainingContext:
    """The nets of one training and their surroundings.

    Parameters
    ----------
    recipe : Recipe
        What is trained.
    process_group : ProcessGroup
        The processes that train together.
    precision : torch.dtype
        float32, or bfloat16 or float16 in autocast.
    generator, critic : Module
        In training; the critic is None where no stage has one.
    average : AveragedWeights
        The generator's moving average: what is judged and saved.
    origins : list of str
        Where pretrained weights came from, in words.
    reported : set of str
        Those that were said.
    """

    recipe: Recipe
    process_group: ProcessGroup
    precision: torch.dtype
    generator: Generator
    critic: Critic | None
    average: AveragedWeights
    origins: list[str]
    reported: set[str] = field(default_factory=set)

    @property
    def nets(self) -> dict[str, nn.Module]:
        """All nets by name, for the checkpoint."""
        nets: dict[str, nn.Module] = {"generator": self.generator, "average": self.average.net}
        return nets if self.critic is None else {**nets, "critic": self.critic}

    def sure_critic(self) -> Critic:
        """Return the critic of a recipe that has one."""
        if self.critic is None:
            raise RecipeError("a critic for this stage", "none")
        return self.critic

    def new_origins(self) -> list[str]:
        """Return the origins that weren't reported before."""
        origins = dict.fromkeys(self.origins)
        fresh = [origin for origin in origins if origin not in self.reported]
        self.reported |= set(fresh)
        return fresh

    def samples(self, batch: Batch, parts: int, rng: torch.Generator) -> Iterator[Sample]:
        """Move a batch to the device in so many parts; nets that start from noise get noise for inputs."""
        self._check_scale(batch)
        device, count = self.process_group.device, len(batch.targets)
        noise = torch.randn(count, self.generator.noise, 1, 1, generator=rng)
        for piece in np.array_split(np.arange(count), parts):
            target = to_tensor(batch.targets[piece]).to(device)
            mask = torch.from_numpy(batch.masks[piece]).to(device)[:, None].float()
            coverage = torch.from_numpy(batch.coverages[piece]).to(device)[:, None].float() / 255
            if self.generator.noise:
                inputs = noise[piece].to(device)
            else:
                inputs = generator_input(self.generator, to_tensor(batch.inputs[piece]).to(device), mask)
            yield Sample(inputs, target, mask, coverage, len(piece) / count)

    def critic_samples(self, batch: Batch, parts: int) -> Iterator[tuple[Tensor, Tensor, float]]:
        """Move a critic's batch to the device in so many parts: generated pictures, real ones, and their share."""
        count = len(batch.targets)
        for piece in np.array_split(np.arange(count), parts):
            generated, real = (
                to_tensor(side[piece]).to(self.process_group.device) for side in (batch.inputs, batch.targets)
            )
            yield generated, real, len(piece) / count

    def generate(self, module: nn.Module, inputs: Tensor) -> Repaired:
        """Run a generator in the training's precision, shown what it will be shown at use."""
        inputs = inputs.to(self.process_group.device, memory_format=torch.channels_last)
        with self.autocast():
            if self.generator.noise or task_named(self.recipe.task).replaces:
                output: Repaired = module(inputs)
                return output
            return within_range(module, self.generator.base, inputs, self.recipe.data.headroom)

    @torch.no_grad()
    def mix_with_trunk(self, share: float) -> None:
        """Move the averaged weights towards those of the recipe's trunk, until `share` of what was learned is left."""
        name = str(self.recipe.generator.trunk)
        trunk, averaged = load_model(name).net, self.average.net
        if _shapes(trunk) != _shapes(averaged):
            raise RecipeError("generator.trunk of the same net, to interpolate with", name)
        mix_weights(averaged, trunk, 1 - share)

    def autocast(self) -> torch.autocast:
        """Return the context of the training's precision."""
        low = self.precision != torch.float32
        return torch.autocast(self.process_group.device.type, self.precision if low else torch.bfloat16, enabled=low)

    def _check_scale(self, batch: Batch) -> None:
        expected = [self.generator.scale * side for side in batch.inputs.shape[1:3]]
        if not self.generator.noise and expected != list(batch.targets.shape[1:3]):
            raise RecipeError(
                f"pairs for a generator that enlarges {self.generator.scale} times",
                f"inputs of {batch.inputs.shape[1]} and targets of {batch.targets.shape[1]} pixels",
            )

    @contextmanager
    def seeded(self, step: int) -> Iterator[torch.Generator]:
        """Seed everything random in a step by (seed, step, rank): a generator, and what dropout draws from."""
        state = np.random.SeedSequence((self.recipe.seed, step, self.process_group.rank)).generate_state(1, np.uint64)
        seed = int(state[0]) & (2**63 - 1)
        with torch.random.fork_rng(
            devices=[self.process_group.device] if self.process_group.device.type == "cuda" else []
        ):
            torch.manual_seed(seed)
            yield torch.Generator().manual_seed(seed)


def build_context(recipe: Recipe, process_group: ProcessGroup, precision: torch.dtype) -> TrainingContext:
    """Build the nets of a recipe: fresh by its seed, from pretrained backbones, or from a model to go on with."""
    origins: list[str] = []
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(recipe.seed)
        generator = build(recipe.generator.architecture, recipe.generator.options)
        critic = None if recipe.critic is None else build_critic(recipe.critic.architecture, recipe.critic.options)
    if recipe.generator.start is not None:
        start = load_model(recipe.generator.start)
        generator.load_state_dict(start.net.state_dict())
        origins.append(f"generator: {start.card.name}, sha256 {start.sha256[:12]}")
    elif recipe.generator.trunk is not None:
        origins.append(_with_trunk(generator, recipe.generator.trunk))
    else:
        origins += _with_backbone(generator, recipe.generator.weights_from)
    if critic is not None and recipe.critic is not None:
        origins += _with_backbone(critic, recipe.critic.weights_from)
    for net in (generator, critic):
        if net is not None:
            net.to(process_group.device).to(memory_format=torch.channels_last)
    return TrainingContext(
        recipe, process_group, precision, generator, critic, AveragedWeights(generator, recipe.optimizer.ema), origins
    )


def _shapes(net: nn.Module) -> dict[str, torch.Size]:
    return {name: value.shape for name, value in net.state_dict().items()}


def _with_trunk(net: Generator, name: str) -> str:
    """Load what fits of another model's weights, such as all but the tail for another scale; say where it is from."""
    model, own = load_model(name), net.state_dict()
    fitting = {
        key: value for key, value in model.net.state_dict().items() if key in own and own[key].shape == value.shape
    }
    if not fitting:
        raise RecipeError("generator.trunk: a model with weights that fit", f"{name}, of which none does")
    net.load_state_dict(fitting, strict=False)
    return f"generator: {len(fitting)} of {len(own)} tensors of {model.card.name}, sha256 {model.sha256[:12]}"


def _with_backbone(net: Generator | Critic, source: str) -> list[str]:
    """Load the pretrained part of a net that has one; say where it came from."""
    if net.backbone is None:
        return []
    found = pretrained_weights(net.backbone, source)
    if found.state is not None:
        net.load_backbone(found.state)
    return [f"{net.backbone} weights: {found.origin}"]
