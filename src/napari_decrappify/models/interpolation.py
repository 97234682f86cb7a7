"""Between fidelity and texture: the weights of two models of one net, mixed."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from ..errors import InvalidParameterError
from .card import ModelCard
from .file import Model
from .store import Entry, catalogue

if TYPE_CHECKING:
    from torch import nn

ALIKE = ("task", "architecture", "options", "scale", "intensity", "bf16")


def textured_partner(card: ModelCard) -> Entry | None:
    """Return the model whose card names this one as its fidelity model, a bundled one first; None if there is none.

    No weights are loaded.
    """
    return next((one for one in catalogue() if one.card is not None and one.card.fidelity == card.name), None)


def interpolated(faithful: Model, textured: Model, share: float) -> Model:
    """Mix the weights of a model linearly with those of its partner (network interpolation: Wang et al., ESRGAN, 2018).

    Parameters
    ----------
    faithful, textured : Model
        On one device; the second was trained on from the first. They stay as they are.
    share : float
        0 gives the first, 1 the second.

    Returns
    -------
    Model
        With the card, hash and path of the first.

    Raises
    ------
    InvalidParameterError
        If the two differ in anything but their weights.
    """
    differing = [name for name in ALIKE if getattr(faithful.card, name) != getattr(textured.card, name)]
    if differing:
        wanted = f"a partner that is like {faithful.card.name} in all but its weights"
        raise InvalidParameterError(wanted, f"{textured.card.name}, of another {differing[0]}")
    net = copy.deepcopy(faithful.net)
    mix_weights(net, textured.net, share)
    return Model(faithful.card, net, faithful.sha256, faithful.path)


def mix_weights(net: nn.Module, other: nn.Module, share: float) -> None:
    """Move the floating-point weights of a net towards those of another of the same build, until that share is theirs.

    It is done in place; weights of the other are brought to the net's device and dtype.
    """
    others = other.state_dict()
    for name, weights in net.state_dict().items():
        if weights.is_floating_point():
            weights.lerp_(others[name].to(weights), share)
