"""Which net learns from the next batch of an adversarial stage: the critic or the generator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..recipes.loss import AdaptiveSwitch, FixedSwitch


class Switcher:
    """Takes turns by the rules of fastai v1; the critic begins.

    Parameters
    ----------
    rule : AdaptiveSwitch or FixedSwitch
        Adaptive: the critic learns until the loss of one of its batches is below the threshold, then the generator
        takes one step. Fixed: so many critic steps, then so many generator steps.

    Attributes
    ----------
    critic_turn : bool
        Whether the next step is the critic's.
    """

    def __init__(self, rule: AdaptiveSwitch | FixedSwitch) -> None:
        self._rule = rule
        self.critic_turn = True
        self._taken = 0

    def after(self, loss: float) -> None:
        """Go on after a step.

        Parameters
        ----------
        loss : float
            Raw loss, not smoothed, of the batch that the party whose turn it was has just learned from.
        """
        self._taken += 1
        if self._turn_ends(loss):
            self.critic_turn = not self.critic_turn
            self._taken = 0

    def _turn_ends(self, loss: float) -> bool:
        if isinstance(self._rule, FixedSwitch):
            return self._taken == (self._rule.critic if self.critic_turn else self._rule.generator)
        return not self.critic_turn or loss < self._rule.threshold

    def state(self) -> dict[str, Any]:
        """Return what `restore` takes, as JSON has it."""
        return {"critic_turn": self.critic_turn, "taken": self._taken}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on where the switcher of a checkpoint was."""
        self.critic_turn, self._taken = state["critic_turn"], state["taken"]
