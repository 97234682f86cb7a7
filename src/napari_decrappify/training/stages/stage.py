"""What the trainer asks of every stage that learns."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import torch
from torch import Tensor, nn

from ...nets import Critic
from ..data.pairs import Batch
from ..losses import OBJECTIVES
from ..losses.adversarial_loss import accuracy, critic_loss
from ..optimization.learner import Learner
from ..optimization.optimizer import make_optimizer
from ..optimization.parameter_groups import RateGroup, groups_of
from ..optimization.schedule import momentum
from ..recipes.loss import AdversarialConfig
from ..recipes.stages import Adversarial, PretrainGenerator, Timed
from ..running.context import TrainingContext

ALL = 0.98


class LearningStage(ABC):
    """Optimiser steps of one kind.

    Parameters
    ----------
    context : TrainingContext
        The nets.
    stage : Timed
        The part of the recipe that this is.
    learners : dict of str to Learner
        Which nets learn, by their names in the checkpoint.
    betas : tuple of float, optional
        Adam's, where they aren't the recipe's.
    """

    def __init__(
        self,
        context: TrainingContext,
        stage: Timed,
        learners: dict[str, Learner],
        betas: tuple[float, float] | None = None,
    ) -> None:
        self.context, self.stage, self.learners = context, stage, learners
        self._beta = (betas or context.recipe.optimizer.betas)[0]

    @abstractmethod
    def learn(self, batch: Batch, step: int, parts: int) -> dict[str, float]:
        """Take step `step` of the training on a batch, in so many parts; return the group's figures."""

    def set_rate(self, rate: float, done: float, steps: int) -> None:
        """Set the learning rate, and the momentum that goes with the schedule, before a step."""
        for learner in self.learners.values():
            learner.set_rate(rate, momentum(self.stage, done, steps, self._beta))

    def state(self) -> Any:
        """Return what a checkpoint keeps of the stage itself, as JSON has it."""
        return None

    def restore(self, state: Any) -> None:  # noqa: B027
        """Take back what `state` returned."""


def generator_learner(
    context: TrainingContext, stage: PretrainGenerator | Adversarial, betas: tuple[float, float] | None = None
) -> Learner:
    """Return the learner of the generator: rates of its layer groups, frozen ones as the stage says."""
    groups = groups_of(context.generator, stage)
    return _learner(context, context.generator, groups, betas)


def critic_learner(context: TrainingContext, factor: float = 1.0, betas: tuple[float, float] | None = None) -> Learner:
    """Return the learner of the critic, with `factor` times the stage's rate; it is called as `BothSides`."""
    module = BothSides(context.sure_critic())
    return _learner(context, module, [RateGroup(module.learning_parameters(), factor)], betas)


class BothSides(nn.Module):
    """The critic on real and on generated pictures in one call, each a batch of its own."""

    def __init__(self, critic: Critic) -> None:
        super().__init__()
        self.critic = critic

    def forward(self, real: Tensor, generated: Tensor) -> tuple[Tensor, Tensor]:
        """Return the logits of both."""
        return self.critic(real), self.critic(generated)

    def learning_parameters(self) -> list[nn.Parameter]:
        """Return what isn't a frozen backbone."""
        return [p for p in self.critic.parameters() if p.requires_grad]


def critic_figures(
    context: TrainingContext, learner: Learner, play: AdversarialConfig, real: Tensor, generated: Tensor, share: float
) -> dict[str, Tensor | float]:
    """Add the gradient of that share of the critic's step; return its loss and its accuracy on either side."""
    with context.autocast():
        of_real, of_generated = learner.module(real, generated)
    loss = critic_loss(play, of_real, of_generated)
    learner.backward(loss * share)
    figures: dict[str, Tensor | float] = {"critic_loss": loss}
    if OBJECTIVES[play.objective].centred:
        figures["critic_real"] = accuracy(of_real, real=True)
        figures["critic_generated"] = accuracy(of_generated, real=False)
    return figures


def with_sameness(figures: dict[str, float]) -> dict[str, float]:
    """Return a step's figures with ``critic_same``: 1 if the critic took all patches for the same, 0 if not.

    A critic that has collapsed often takes all for real in one step and for generated in the next: its accuracies,
    averaged over steps, look like those of one that guesses.
    """
    if "critic_real" not in figures:
        return figures
    return {**figures, "critic_same": float(abs(figures["critic_real"] - figures["critic_generated"]) > ALL)}


class Sums(dict[str, float]):
    """Figures of a step, gathered over the parts of its batch."""

    def gather(self, figures: dict[str, Tensor | float], share: float) -> None:
        """Add the figures of a part that is that share of the batch."""
        for name, value in figures.items():
            number = value.item() if isinstance(value, Tensor) else value
            self[name] = self.get(name, 0.0) + number * share


def _learner(
    context: TrainingContext, net: nn.Module, groups: list[RateGroup], betas: tuple[float, float] | None
) -> Learner:
    config = context.recipe.optimizer
    optimizer = make_optimizer(config, groups, context.precision, betas)
    return Learner(context.process_group.wrapped(net), optimizer, config, scaled=context.precision == torch.float16)
