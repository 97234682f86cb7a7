"""Pretraining the generator: the way back, by pixels and features alone."""

from __future__ import annotations

from .learning_stage import LearningStage, Sums, generator_learner
from .losses import GeneratorLoss, origins_of
from .pairs import Batch
from .recipe_stages import PretrainGenerator
from .studio import Studio


class GeneratorStage(LearningStage):
    """Steps of the generator along its own loss.

    Parameters
    ----------
    studio : Studio
        The nets.
    stage : PretrainGenerator
        Rates, frozen groups, loss.
    """

    def __init__(self, studio: Studio, stage: PretrainGenerator) -> None:
        super().__init__(studio, stage, {"generator": generator_learner(studio, stage)})
        self._loss = GeneratorLoss(stage.loss or studio.recipe.loss, studio.crew.device, studio.precision)
        studio.origins += origins_of(self._loss)

    def learn(self, batch: Batch, step: int, parts: int) -> dict[str, float]:
        """Take one step on a batch, in parts; return the loss and its parts."""
        studio, learner, figures = self.studio, self.learners["generator"], Sums()
        studio.generator.train()
        learner.forget()
        with studio.draws(step) as rng:
            for sample in studio.samples(batch, parts, rng):
                output = studio.generate(learner.module, sample.inputs)
                loss, named = self._loss(output, sample.target, sample.mask, rng)
                learner.backward(loss * sample.share)
                figures.gather({"loss": loss, **named}, sample.share)
        learner.step()
        studio.average.update(studio.generator, step)
        return studio.crew.means(figures)
