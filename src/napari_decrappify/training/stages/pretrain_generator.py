"""Pretraining the generator: the way back, by pixels and features alone."""

from __future__ import annotations

from ..data.pairs import Batch
from ..losses.generator_loss import GeneratorLoss, origins_of
from ..recipes.stages import PretrainGenerator
from ..running.context import TrainingContext
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
        self._loss = GeneratorLoss(stage.loss or context.recipe.loss, context.process_group.device, context.precision)
        context.origins += origins_of(self._loss)

    def learn(self, batch: Batch, step: int, parts: int) -> dict[str, float]:
        """Take one step on a batch, in parts; return the loss and its parts."""
        context, learner, figures = self.context, self.learners["generator"], BatchFigures()
        context.generator.train()
        learner.zero_grad()
        with context.seeded(step) as rng:
            for sample in context.samples(batch, parts, rng):
                output = context.generate(learner.module, sample.inputs)
                loss, named = self._loss(output, sample.target, sample.mask, rng, sample.coverage)
                learner.backward(loss * sample.share)
                figures.add({"loss": loss, **named}, sample.share)
        learner.step()
        context.average.update(context.generator, step)
        return context.process_group.means(figures)
