"""Generator against critic: one of them learns from each batch, as the switcher says."""

from __future__ import annotations

from typing import Any, TypeAlias

import torch
from torch import Tensor

from ..data.pairs import Batch
from ..losses.adversarial_loss import clip_weights, opinion_loss
from ..losses.generator_loss import GeneratorLoss, origins_of
from ..optimization.learner import set_learning
from ..recipes.stages import Adversarial
from ..running.context import Sample, TrainingContext
from .stage import (
    BatchFigures,
    LearningStage,
    critic_figures,
    critic_learner,
    generator_learner,
    with_sameness,
)
from .switcher import Switcher

Figures: TypeAlias = dict[str, Tensor | float]
Window: TypeAlias = tuple[slice, slice]
SLOWER = 0.25
"""What the critic's rate is multiplied by each time that it has collapsed."""


class AdversarialStage(LearningStage):
    """Steps of the critic and of the generator in turns (Goodfellow et al., 2014).

    Parameters
    ----------
    context : TrainingContext
        The nets.
    stage : Adversarial
        Rates, and the rules of the play.
    rollbacks : int
        How often the critic has collapsed: it learns the slower then.
    """

    loss_figure = "generator_loss"

    def __init__(self, context: TrainingContext, stage: Adversarial, rollbacks: int = 0) -> None:
        super().__init__(context, stage, rollbacks)
        self._play = play = stage.play
        self.learners = {
            "generator": generator_learner(context, stage, play.betas),
            "critic": critic_learner(context, SLOWER**rollbacks * play.critic_lr, play.betas),
        }
        self._loss = None
        if play.content:
            self._loss = GeneratorLoss(
                stage.loss or context.recipe.loss, context.process_group.device, context.precision
            )
            context.origins += origins_of(self._loss)
        self._switch = Switcher(play.switch)

    @property
    def beta(self) -> float:
        """Adam's first in this stage."""
        return self._play.betas[0]

    def learn(self, batch: Batch, step: int, parts: int) -> dict[str, float]:
        """Take one step of the net whose turn it is; return the figures of its side."""
        context, critics_turn, figures = self.context, self._switch.critic_turn, BatchFigures()
        name = "critic" if critics_turn else "generator"
        self._set_modes(critics_turn)
        learner = self.learners[name]
        learner.zero_grad()
        with context.seeded(step) as rng:
            window = self._window(batch.targets.shape[1:3], rng)
            for sample in context.samples(batch, parts, rng):
                part = self._critic_part(sample, window) if critics_turn else self._generator_part(sample, window, rng)
                figures.add(part, sample.share)
        learner.step()
        set_learning(self.learners["critic"].parameters, True)  # as it came
        if not critics_turn:
            context.average.update(context.generator, step)
        else:
            clip_weights(context.sure_critic(), self._play.clip_weights)
        of_all = with_sameness(context.process_group.means(figures))
        self._switch.after(of_all[f"{name}_loss"])
        return of_all

    def state(self) -> Any:
        """Return whose turn it is."""
        return self._switch.state()

    def restore(self, state: Any) -> None:
        """Go on with that turn."""
        self._switch.restore(state)

    def _set_modes(self, critics_turn: bool) -> None:
        critic, rests = self.context.sure_critic(), self._play.frozen_party_evaluates
        critic.train(critics_turn or not rests)
        self.context.generator.train(not critics_turn or not rests)
        set_learning(self.learners["critic"].parameters, critics_turn)

    def _critic_part(self, sample: Sample, window: Window) -> Figures:
        with torch.no_grad():
            generated = self.context.generate(self.context.generator, sample.inputs).image
        seen, made = sample.target[..., *window], generated[..., *window]
        return critic_figures(self.context, self.learners["critic"], self._play, seen, made, sample.share)

    def _generator_part(self, sample: Sample, window: Window, rng: torch.Generator) -> Figures:
        learner, play, context = self.learners["generator"], self._play, self.context
        output = context.generate(learner.module, sample.inputs)
        with context.autocast():
            logits = context.sure_critic()(output.image[..., *window])
        opinion = opinion_loss(play, logits)
        figures: Figures = {"opinion": opinion}
        loss = play.weight * opinion
        if self._loss is not None:
            content, named = self._loss(output, sample.target, sample.mask, rng, sample.coverage)
            loss = loss + play.content * content
            figures |= {"content": content, **named}
        learner.backward(loss * sample.share)
        return {"generator_loss": loss, **figures}

    def _window(self, shape: tuple[int, ...], rng: torch.Generator) -> Window:
        """Draw the square that the critic sees in this step."""
        side = self._play.crop
        if not side or side >= min(shape):
            return slice(None), slice(None)
        y, x = (int(torch.randint(n - side + 1, (), generator=rng)) for n in shape)
        return slice(y, y + side), slice(x, x + side)
