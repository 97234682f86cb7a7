"""The optimiser: AdamW, and Muon for the kernels of inner convolutions where the recipe says so."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias

import torch
from torch import Tensor

from ..recipes.recipe import OptimizerConfig
from . import OPTIMIZERS
from .parameter_groups import RateGroup

NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)
NEWTON_SCHULZ_STEPS = 5
MUON_MOMENTUM = 0.95
INNER = 16


class Muon(torch.optim.AdamW):
    """AdamW whose groups marked ``muon`` take orthogonalised momentum steps instead (Jordan et al., 2024).

    A kernel (out, in, y, x) is a matrix of `out` rows. Its Nesterov momentum is replaced by the nearest
    semi-orthogonal matrix, found by a quintic Newton-Schulz iteration, so that every direction learns at the same
    pace; small upscalers get further in the same number of steps.

    Parameters
    ----------
    params : iterable of dict
        Parameter groups; ``muon`` (bool) chooses the rule of each.
    precision : torch.dtype
        Of the iteration; bfloat16 is enough for it.
    **options
        As for AdamW.
    """

    # AdamW's own, without what torch has put around them: it loads its compiler, for two seconds, to keep them from it.
    add_param_group = inspect.unwrap(torch.optim.AdamW.add_param_group)
    zero_grad = inspect.unwrap(torch.optim.AdamW.zero_grad)
    state_dict = inspect.unwrap(torch.optim.AdamW.state_dict)
    load_state_dict = inspect.unwrap(torch.optim.AdamW.load_state_dict)

    def __init__(self, params: Iterable[dict[str, Any]], precision: torch.dtype, **options: Any) -> None:
        super().__init__(params, **options)
        self._precision = precision

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]
        """Take one step."""
        for group in self.param_groups:
            if group["muon"]:
                self._muon_step(group)
        result: float | None = inspect.unwrap(torch.optim.AdamW.step)(self, closure)
        return result

    def _muon_step(self, group: dict[str, Any]) -> None:
        for kernel in group["params"]:
            if kernel.grad is None:
                continue
            state = self.state[kernel]
            if not state:
                state |= {"momentum": torch.zeros_like(kernel), "step": torch.tensor(0.0)}  # AdamW restores by "step"
            momentum = state["momentum"]
            momentum.lerp_(kernel.grad, 1 - MUON_MOMENTUM)
            ahead = kernel.grad.lerp(momentum, MUON_MOMENTUM)
            kernel.mul_(1 - group["lr"] * group["weight_decay"])
            direction = orthogonal(ahead.flatten(1).to(self._precision))
            kernel.sub_(direction.to(kernel.dtype).view_as(kernel), alpha=group["lr"])
            kernel.grad = None


def orthogonal(matrix: Tensor) -> Tensor:
    """Return about the nearest semi-orthogonal matrix (its singular values become about 1)."""
    a, b, c = NEWTON_SCHULZ
    wide = matrix.mT if matrix.shape[0] > matrix.shape[1] else matrix
    wide = wide / (wide.norm() + 1e-7)
    for _ in range(NEWTON_SCHULZ_STEPS):
        square = wide @ wide.mT
        wide = a * wide + (b * square + c * square @ square) @ wide
    result: Tensor = wide.mT if matrix.shape[0] > matrix.shape[1] else wide
    return result


OptimizerFactory: TypeAlias = Callable[
    [OptimizerConfig, Sequence[RateGroup], torch.dtype, tuple[float, float] | None], torch.optim.Optimizer
]
"""Takes what `make_optimizer` takes. Each parameter group has an ``lr_factor``, and ``betas`` whose first is set anew
before every step; states are tensors, so that a checkpoint can hold them."""


def make_optimizer(
    config: OptimizerConfig,
    groups: Sequence[RateGroup],
    precision: torch.dtype = torch.float32,
    betas: tuple[float, float] | None = None,
) -> torch.optim.Optimizer:
    """Return the optimiser of parameters that learn; each group's ``lr_factor`` multiplies the stage's learning rate.

    Parameters
    ----------
    config : OptimizerConfig
        Its kind, a name in `OPTIMIZERS`, weight decay, and Adam's betas.
    groups : sequence of RateGroup
        What learns, and how fast.
    precision : torch.dtype
        Of Muon's iteration.
    betas : tuple of float, optional
        Adam's in an adversarial stage.

    Raises
    ------
    InvalidParameterError
        For an unknown kind.
    """
    return OPTIMIZERS[config.kind](config, groups, precision, betas)


def adamw(
    config: OptimizerConfig, groups: Sequence[RateGroup], precision: torch.dtype, betas: tuple[float, float] | None
) -> torch.optim.Optimizer:
    """Return AdamW, and Muon for inner kernels, at its own rate, where the configuration says so.

    Muon rests in adversarial stages: GANs dislike momentum, and Muon has much.
    """
    settings: list[dict[str, Any]] = []
    for group in groups:
        inner = [p for p in group.kernels if config.muon and betas is None and min(p.shape[:2]) >= INNER]
        chosen = set(inner)
        rest = [p for p in group.parameters if p not in chosen]
        settings.append({"params": rest, "muon": False, "lr_factor": group.lr_factor})
        settings.append({"params": inner, "muon": True, "lr_factor": group.lr_factor * config.muon})
    filled = [setting for setting in settings if setting["params"]]
    return Muon(filled, precision, betas=betas or config.betas, weight_decay=config.weight_decay)
