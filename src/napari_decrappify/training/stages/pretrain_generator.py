"""Pretraining the generator: the way back, by pixels and features alone."""

from __future__ import annotations

import torch
from torch import Tensor

from ..data.pairs import Batch
from ..losses.generator_loss import GeneratorLoss, Parts, origins_of
from ..losses.neighbour_loss import neighbour_loss
from ..recipes.stages import PretrainGenerator
from ..running.context import Sample, TrainingContext
from .stage import BatchFigures, LearningStage, generator_learner


class GeneratorStage(LearningStage):
    """Steps of the generator along its own loss.

    Parameters
    ----------
    context : TrainingContext
        The nets.
    stage : PretrainGenerator
        Rates, frozen groups, loss.
    """

    def __init__(self, context: TrainingContext, stage: PretrainGenerator, rollbacks: int = 0) -> None:
        super().__init__(context, stage, rollbacks)
        self.learners = {"generator": generator_learner(context, stage)}
        config = stage.loss or context.recipe.loss
        self._loss = GeneratorLoss(config, context.process_group.device, context.precision)
        self._neighbours, self._done = config.neighbours, 0.0
        context.origins += origins_of(self._loss)

    def set_rate(self, rate: float, done: float, steps: int) -> None:
        """Set the rate, and note how much of the stage is behind."""
        super().set_rate(rate, done, steps)
        self._done = done / steps

    def learn(self, batch: Batch, step: int, parts: int) -> dict[str, float]:
        """Take one step on a batch, in parts; return the loss and its parts."""
        context, learner, figures = self.context, self.learners["generator"], BatchFigures()
        context.generator.train()
        learner.zero_grad()
        with context.seeded(step) as rng:
            for sample in context.samples(batch, parts, rng):
                loss, named = self._loss_of(sample, rng)
                learner.backward(loss * sample.share)
                figures.add({"loss": loss, **named}, sample.share)
        learner.step()
        context.average.update(context.generator, step)
        return context.process_group.means(figures)

    def _loss_of(self, sample: Sample, rng: torch.Generator) -> tuple[Tensor, Parts]:
        context, module = self.context, self.learners["generator"].module
        if self._neighbours:
            weight = self._neighbours * self._done
            return neighbour_loss(lambda x: context.generate(module, x).image, sample.target, weight, rng)
        output = context.generate(module, sample.inputs)
        return self._loss(output, sample.target, sample.mask, rng, sample.coverage)
