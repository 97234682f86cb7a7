"""A net that learns: its optimiser, and the care that its gradients need."""

from __future__ import annotations

import math
from collections.abc import Iterable

import torch
from torch import Tensor, nn

from ...errors import DivergedError
from ..recipes.recipe import OptimizerConfig


class Learner:
    """Steps of one net, in one stage.

    Parameters
    ----------
    module : Module
        What is called: the net, or what averages its gradients over processes.
    optimizer : Optimizer
        Of the parameters that learn; each group's ``lr_factor`` multiplies the learning rate.
    config : OptimizerConfig
        Its `clip` is the largest norm of the gradient.
    scaled : bool
        Scale losses, as float16 needs it: its smallest gradients would vanish.
    """

    def __init__(
        self, module: nn.Module, optimizer: torch.optim.Optimizer, config: OptimizerConfig, scaled: bool
    ) -> None:
        self.module = module
        self.optimizer = optimizer
        self._limit = config.clip or math.inf
        self.parameters = [p for group in optimizer.param_groups for p in group["params"]]
        self.scaler = torch.amp.GradScaler(enabled=scaled)

    def set_rate(self, rate: float, momentum: float) -> None:
        """Set the learning rate and the momentum (Adam's first beta) of the next step."""
        for group in self.optimizer.param_groups:
            group["lr"] = rate * group["lr_factor"]
            group["betas"] = (momentum, group["betas"][1])

    def zero_grad(self) -> None:
        """Drop the gradients."""
        self.optimizer.zero_grad(set_to_none=True)

    def backward(self, loss: Tensor) -> None:
        """Add the gradient of a loss.

        Raises
        ------
        DivergedError
            If the loss is not finite.
        """
        if not torch.isfinite(loss):
            raise not_finite("loss", loss.item())
        self.scaler.scale(loss).backward()  # type: ignore[no-untyped-call]

    def step(self) -> None:
        """Take a step along the gradients.

        Raises
        ------
        DivergedError
            If they are not finite; scaled ones may be, then the scale shrinks and the step is left out.
        """
        self.scaler.unscale_(self.optimizer)
        norm = float(nn.utils.clip_grad_norm_(self.parameters, self._limit))
        if not (math.isfinite(norm) or self.scaler.is_enabled()):
            raise not_finite("gradient", norm)
        self.scaler.step(self.optimizer)
        self.scaler.update()


def not_finite(what: str, value: float) -> DivergedError:
    """Return the error of a training that has blown up."""
    return DivergedError(f"a finite {what}", str(value), "Lower the learning rate, or clip the gradient.")


def set_learning(parameters: Iterable[nn.Parameter], learns: bool) -> None:
    """Let parameters collect gradients, or not."""
    for parameter in parameters:
        parameter.requires_grad_(learns)
