"""The exponential moving average of a net's weights: what is judged and saved."""

from __future__ import annotations

import copy

import torch

from ...nets import Generator


class AveragedWeights:
    """A copy of a net that follows it slowly, faster in the first steps.

    Parameters
    ----------
    net : Generator
        The net in training.
    decay : float
        Share of the old average that a step keeps, at most; in step n it is no more than (1 + n) / (10 + n).
    """

    def __init__(self, net: Generator, decay: float) -> None:
        self.net = copy.deepcopy(net).eval().requires_grad_(False)
        self._decay = decay

    @torch.no_grad()
    def update(self, net: Generator, step: int) -> None:
        """Move towards the net's weights and batch statistics after the given step, counted from 0."""
        keep = min(self._decay, (1 + step) / (10 + step))
        averaged = self.net.state_dict()
        averages, currents = [], []
        for name, value in net.state_dict().items():
            if value.is_floating_point():
                averages.append(averaged[name])
                currents.append(value)
            else:
                averaged[name].copy_(value)
        torch._foreach_lerp_(averages, currents, 1 - keep)
