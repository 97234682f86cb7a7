"""What the trainer asks of every stage that learns."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from ...nets import Critic
from ..data.loader import BatchSource
from ..data.pairs import Batch, Pairs
from ..data.pictures import Pictures
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
    """Optimiser steps of one kind, with fresh optimisers.

    Parameters
    ----------
    context : TrainingContext
        The nets.
    stage : Timed
        The part of the recipe that this is.
    rollbacks : int
        How often this stage was rolled back, since the critic had collapsed.

    Attributes
    ----------
    learners : dict of str to Learner
        Which nets learn, by their names in the checkpoint.
    loss_figure : str
        The figure of `learn` that falls as the stage learns.
    """

    learners: dict[str, Learner]
    loss_figure: ClassVar[str] = "loss"

    def __init__(self, context: TrainingContext, stage: Timed, rollbacks: int = 0) -> None:
        self.context, self.stage, self.rollbacks = context, stage, rollbacks

    @property
    def beta(self) -> float:
        """Adam's first, where the schedule doesn't move it."""
        return self.context.recipe.optimizer.betas[0]

    def batches(self, pairs: Pairs, predictions: Callable[[], Pictures]) -> BatchSource:
        """Return what the stage learns from.

        Parameters
        ----------
        pairs : Pairs
            The training's, with what this stage changes of the recipe's data.
        predictions : callable
            Opens the predictions that were saved last.
        """
        return pairs

    @abstractmethod
    def learn(self, batch: Batch, step: int, parts: int) -> dict[str, float]:
        """Take step `step` of the training on a batch, in so many parts; return the group's figures."""

    def set_rate(self, rate: float, done: float, steps: int) -> None:
        """Set the learning rate, and the momentum that goes with the schedule, before a step."""
        for learner in self.learners.values():
            learner.set_rate(rate, momentum(self.stage, done, steps, self.beta))

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


class BatchFigures(dict[str, float]):
    """Figures of a step: means over the parts of its batch, weighted by their sizes."""

    def add(self, figures: dict[str, Tensor | float], share: float) -> None:
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
