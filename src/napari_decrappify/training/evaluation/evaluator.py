"""Everything that an evaluation finds: figures, a picture, and what the critic thinks of held-out pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ...nets import FeatureExtractor, Generator
from ..losses import OBJECTIVES
from ..losses.adversarial_loss import accuracy
from ..losses.feature_loss import feature_distances, load_extractor
from ..recipes.stages import Adversarial
from ..running.context import TrainingContext
from .gallery import EvaluatedPicture, Picture
from .repair_evaluation import Forward, mean_metrics, to_tensor


@dataclass(frozen=True)
class EvaluationResult:
    """What an evaluation found: figures and a picture, and one of what is watched, if anything is."""

    metrics: dict[str, float]
    preview: Picture
    watched: Picture | None = None


class EvaluationSet(Protocol):
    """Fixed tasks for a generator."""

    def evaluate(self, net: Generator, run: Forward) -> list[EvaluatedPicture]:
        """Let a net do them all."""

    def picture(self, evaluated: list[EvaluatedPicture]) -> Picture:
        """Draw some of the results."""


class Evaluator:
    """Judges the averaged generator.

    Parameters
    ----------
    context : TrainingContext
        The nets.
    evaluation_set : EvaluationSet
        What the generator must do.
    watched : EvaluationSet, optional
        What it does too, to be looked at only.
    """

    def __init__(
        self, context: TrainingContext, evaluation_set: EvaluationSet, watched: EvaluationSet | None = None
    ) -> None:
        self._context, self._evaluation_set, self._watched = context, evaluation_set, watched
        self._extractor = _extractor(context)
        objectives = [OBJECTIVES[s.play.objective] for s in context.recipe.sequence if isinstance(s, Adversarial)]
        self._asks_critic = context.critic is not None and all(objective.centred for objective in objectives)

    def evaluate(self) -> EvaluationResult:
        """Judge the generator as it is."""
        context = self._context
        with torch.inference_mode():
            evaluated = self._evaluation_set.evaluate(context.average.net, context.generate)
            metrics = mean_metrics(evaluated)
            if self._extractor is not None:
                metrics |= self._distances(evaluated, self._extractor)
            if self._asks_critic:
                metrics |= self._opinions(evaluated)
            return EvaluationResult(metrics, self._evaluation_set.picture(evaluated), self._look())

    def _look(self) -> Picture | None:
        """Draw what the generator makes of what is watched."""
        if self._watched is None:
            return None
        return self._watched.picture(self._watched.evaluate(self._context.average.net, self._context.generate))

    def _distances(self, evaluated: list[EvaluatedPicture], extractor: FeatureExtractor) -> dict[str, float]:
        pairs = [feature_distances(extractor, self._tensor(one.output), self._tensor(one.target)) for one in evaluated]
        features, grams = (float(np.mean(values)) for values in zip(*pairs, strict=True))
        return {"feature_distance": features, "gram_distance": grams}

    def _opinions(self, evaluated: list[EvaluatedPicture]) -> dict[str, float]:
        """Return the critic's accuracy on held-out pictures that it can see."""
        critic = self._context.sure_critic().eval()
        seen = [one for one in evaluated if all(critic.smallest <= n <= critic.largest for n in one.target.shape[:2])]
        if not seen:
            return {}
        with self._context.autocast():
            real = [accuracy(critic(self._tensor(one.target)), real=True) for one in seen]
            generated = [accuracy(critic(self._tensor(one.output)), real=False) for one in seen]
        return {"held_out_real": float(np.mean(real)), "held_out_generated": float(np.mean(generated))}

    def _tensor(self, picture: npt.NDArray[np.uint8]) -> Tensor:
        return to_tensor(picture[None]).to(self._context.process_group.device)


def _extractor(context: TrainingContext) -> FeatureExtractor | None:
    name = context.recipe.evaluation.extractor
    if name is None:
        return None
    loaded = load_extractor(name, "auto", context.process_group.device)
    context.origins.append(f"{name} weights for distances: {loaded.origin}")
    return loaded.net
