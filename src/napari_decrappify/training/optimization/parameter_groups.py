"""Which parameters of a net learn in a stage, and how fast: freezing and discriminative learning rates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.utils.parametrize import ParametrizationList

from ...nets import Generator
from ..recipes.stages import Adversarial, PretrainGenerator, Timed

KERNEL_AXES = 4


class RateGroup(NamedTuple):
    """Parameters that learn at one rate.

    Parameters
    ----------
    parameters : list of Parameter
        All of them.
    lr_factor : float
        Their learning rate, as a multiple of the schedule's.
    kernels : sequence of Parameter
        Those that Muon may take: convolution kernels (out, in, y, x) as they stand, not through a weight or
        spectral norm. None of a critic's, by default.
    """

    parameters: list[nn.Parameter]
    lr_factor: float = 1.0
    kernels: Sequence[nn.Parameter] = ()


def groups_of(net: Generator, stage: PretrainGenerator | Adversarial) -> list[RateGroup]:
    """Let the parameters of a net learn in a stage, or not, and return those that do with their rates.

    Parameters
    ----------
    net : Generator
        Its `layer_groups`, from input to output, hold all of it; what is in two belongs to the first.
    stage : PretrainGenerator or Adversarial
        Two rates in `lr` go geometrically from the first group to the last (fastai's ``slice(a, b)``); of a single
        one all groups but the last learn at `early` times it (``slice(b)``: 0.1). Where it is `frozen` only the
        last group learns, and batch normalisation everywhere, as in fastai.
    """
    layers = net.layer_groups()
    seen: set[nn.Parameter] = set()
    groups: list[RateGroup] = []
    for modules, factor in zip(layers, lr_factors(stage, len(layers)), strict=True):
        rests = stage.frozen and modules is not layers[-1]
        owners = {parameter: owner for parameter, owner in _owners(modules).items() if parameter not in seen}
        seen |= owners.keys()
        for parameter, owner in owners.items():
            parameter.requires_grad_(not rests or isinstance(owner, _BatchNorm))
        learning = [parameter for parameter in owners if parameter.requires_grad]
        if learning:
            groups.append(RateGroup(learning, factor, [p for p in learning if _is_kernel(p, owners[p])]))
    return groups


def lr_factors(stage: Timed, count: int) -> list[float]:
    """Return each layer group's learning rate as a multiple of the last one's."""
    if isinstance(stage.lr, tuple):
        low, high = stage.lr
        return [float((low / high) ** (1 - index / (count - 1))) for index in range(count - 1)] + [1.0]
    return [stage.early] * (count - 1) + [1.0]


def _owners(modules: Sequence[nn.Module]) -> dict[nn.Parameter, nn.Module]:
    """Return every parameter below the modules, with the module that owns it."""
    return {
        parameter: owner
        for module in modules
        for owner in module.modules()
        for parameter in owner.parameters(recurse=False)
    }


def _is_kernel(parameter: nn.Parameter, owner: nn.Module) -> bool:
    return parameter.ndim == KERNEL_AXES and not isinstance(owner, ParametrizationList)
