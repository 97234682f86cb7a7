"""The stages of a training that learn: pretrain the generator, pretrain the critic, train them against each other.

To add one, write its module with a class derived from `LearningStage`, name that in one line below, and declare its
settings, with a `kind` of that name, in `recipes.stages`, as one of `Learning`. Importing this package imports
no torch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...lazy_registry import LazyRegistry

if TYPE_CHECKING:
    from .stage import LearningStage

STAGES: LazyRegistry[type[LearningStage]] = LazyRegistry(
    "a stage that learns",
    __name__,
    {
        "pretrain-generator": "pretrain_generator:GeneratorStage",
        "pretrain-critic": "pretrain_critic:CriticStage",
        "adversarial": "adversarial:AdversarialStage",
    },
)
