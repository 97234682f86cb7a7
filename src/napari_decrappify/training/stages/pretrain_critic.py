"""Pretraining the critic: saved predictions from clean pictures."""

from __future__ import annotations

from collections.abc import Callable

from ..data.loader import BatchSource
from ..data.pairs import Batch, Pairs
from ..data.pictures import Pictures
from ..data.resized_pictures import resized
from ..recipes.stages import PretrainCritic
from ..running.context import TrainingContext
from .predictions import CriticPairs
from .stage import (
    BatchFigures,
    LearningStage,
    critic_figures,
    critic_learner,
)


class CriticStage(LearningStage):
    """Steps of the critic on batches whose inputs are saved predictions and whose targets are real.

    Parameters
    ----------
    context : TrainingContext
        The nets.
    stage : PretrainCritic
        Its rates.
    """

    loss_figure = "critic_loss"

    def __init__(self, context: TrainingContext, stage: PretrainCritic, rollbacks: int = 0) -> None:
        super().__init__(context, stage, rollbacks)
        self.learners = {"critic": critic_learner(context)}
        self._play = stage.play

    def batches(self, pairs: Pairs, predictions: Callable[[], Pictures]) -> BatchSource:
        """Return patches of saved predictions and of clean pictures."""
        config = pairs.config
        return CriticPairs(pairs.pictures, resized(predictions(), config.resize), config, pairs.seed)

    def learn(self, batch: Batch, step: int, parts: int) -> dict[str, float]:
        """Take one step on a batch, in parts; return loss and accuracies."""
        context, learner, figures = self.context, self.learners["critic"], BatchFigures()
        context.sure_critic().train()
        learner.zero_grad()
        with context.seeded(step):
            for generated, real, share in context.critic_samples(batch, parts):
                figures.add(critic_figures(context, learner, self._play, real, generated, share), share)
        learner.step()
        return context.process_group.means(figures)
