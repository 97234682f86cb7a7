"""Pretraining the critic: saved predictions from clean pictures."""

from __future__ import annotations

from ..data.pairs import Batch
from ..recipes.stages import PretrainCritic
from ..running.context import TrainingContext
from .stage import (
    LearningStage,
    Sums,
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

    def __init__(self, context: TrainingContext, stage: PretrainCritic) -> None:
        super().__init__(context, stage, {"critic": critic_learner(context)})
        self._play = stage.play

    def learn(self, batch: Batch, step: int, parts: int) -> dict[str, float]:
        """Take one step on a batch, in parts; return loss and accuracies."""
        context, learner, figures = self.context, self.learners["critic"], Sums()
        context.sure_critic().train()
        learner.zero_grad()
        with context.draws(step):
            for generated, real, share in context.sides(batch, parts):
                figures.gather(critic_figures(context, learner, self._play, real, generated, share), share)
        learner.step()
        return context.process_group.means(figures)
