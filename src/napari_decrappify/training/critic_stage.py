"""Pretraining the critic: saved predictions from clean pictures."""

from __future__ import annotations

from .learning_stage import LearningStage, Sums, critic_figures, critic_learner
from .pairs import Batch
from .recipe_stages import PretrainCritic
from .studio import Studio


class CriticStage(LearningStage):
    """Steps of the critic on batches whose inputs are saved predictions and whose targets are real.

    Parameters
    ----------
    studio : Studio
        The nets.
    stage : PretrainCritic
        Its rates.
    """

    def __init__(self, studio: Studio, stage: PretrainCritic) -> None:
        super().__init__(studio, stage, {"critic": critic_learner(studio)})
        self._play = stage.play

    def learn(self, batch: Batch, step: int, parts: int) -> dict[str, float]:
        """Take one step on a batch, in parts; return loss and accuracies."""
        studio, learner, figures = self.studio, self.learners["critic"], Sums()
        studio.sure_critic().train()
        learner.forget()
        with studio.draws(step):
            for generated, real, share in studio.sides(batch, parts):
                figures.gather(critic_figures(studio, learner, self._play, real, generated, share), share)
        learner.step()
        return studio.crew.means(figures)
