"""Nets trained on ImageNet, without their classifiers: encoders of generators, and feature extractors."""

from __future__ import annotations

import functools
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from ...errors import InvalidParameterError
from ..without_compiler import without_compiler
from .efficientnet_lite import efficientnet_lite0
from .mobilenet import mobilenet_v2

DRAWING = (Tensor.normal_, Tensor.uniform_, nn.init.normal_, nn.init.uniform_)
KeyMap = Callable[[str], str | None]


@dataclass(frozen=True)
class Backbone:
    """A classifier's layers before its head.

    Attributes
    ----------
    layers : callable
        Builds all of them, in order.
    place : callable
        Where a key of the published weights belongs in them; None for the head's.
    mean, std : tuple of float
        What the net was trained to see: pixels in [0, 1] minus the mean, divided by the standard deviation, a channel.
    """

    layers: Callable[[], nn.Sequential]
    place: KeyMap
    mean: tuple[float, ...] = (0.485, 0.456, 0.406)
    std: tuple[float, ...] = (0.229, 0.224, 0.225)


class Pretrainable(nn.Module):
    """A net that may have a part with pretrained weights.

    Attributes
    ----------
    backbone : str or None
        The name of that part, a key of `BACKBONES`.
    """

    backbone: str | None = None

    def load_backbone(self, state: Mapping[str, Tensor]) -> None:
        """Load published weights of the backbone, strictly, but for those of its classifier.

        Raises
        ------
        InvalidParameterError
            If the weights are another net's, or if this net has no such part.
        """
        raise InvalidParameterError("a net with a pretrained part", type(self).__name__)


def trunk(name: str, depth: int | None = None) -> nn.Sequential:
    """Build the first layers of a backbone, with random weights from torch's generator.

    Parameters
    ----------
    name : str
        A key of `BACKBONES`.
    depth : int, optional
        How many layers; all by default.
    """
    layers = _on_meta(name)[:depth]
    layers.to_empty(device=torch.get_default_device())
    for module in layers.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)
        elif isinstance(module, nn.BatchNorm2d):
            module.reset_parameters()
    return layers


def load_trunk(layers: nn.Sequential, name: str, state: Mapping[str, Tensor]) -> None:
    """Load published weights into a trunk of that name.

    Raises
    ------
    InvalidParameterError
        If they don't fit.
    """
    fitting = fit(name, state)
    layers.load_state_dict({key: fitting[key] for key in layers.state_dict()})


def fit(name: str, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return published weights under the keys of the whole backbone, without the classifier's.

    Raises
    ------
    InvalidParameterError
        If one is missing, unknown or of another shape.
    """
    wanted = _on_meta(name).state_dict()
    found = {place: value for key, value in state.items() if (place := BACKBONES[name].place(key)) is not None}
    for key in wanted:
        if key.endswith("num_batches_tracked"):  # older files lack it
            found.setdefault(key, torch.zeros((), dtype=torch.long))
    wrong = sorted(found.keys() ^ wanted.keys()) or [k for k, v in wanted.items() if found[k].shape != v.shape]
    if wrong:
        raise InvalidParameterError(
            f"the weights of {name}", f"{len(wrong)} that are missing, unknown or of another shape, as {wrong[0]!r}"
        )
    return found


class PixelUnits(nn.Module):
    """Pixels in [0, 1] in the units that a backbone was trained on, and back.

    Parameters
    ----------
    name : str
        A key of `BACKBONES`.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, name: str = "resnet34") -> None:
        super().__init__()
        for part in ("mean", "std"):
            values = torch.tensor(getattr(BACKBONES[name], part)).reshape(1, 3, 1, 1)
            self.register_buffer(part, values, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """Normalise (N, 3, Y, X) pixels in [0, 1]."""
        return (x - self.mean) / self.std

    def undo(self, x: Tensor) -> Tensor:
        """Return normalised pixels to [0, 1]."""
        return x * self.std + self.mean


def _on_meta(name: str) -> nn.Sequential:
    """Build a whole backbone that has shapes but no memory."""
    if name not in BACKBONES:
        raise InvalidParameterError(f"a backbone among {sorted(BACKBONES)}", repr(name))
    with torch.device("meta"), _Undrawn():
        return BACKBONES[name].layers()


class _Undrawn(TorchFunctionMode):
    """Leaves first weights undrawn: without memory there is nothing to draw, and torch loads its compiler to do it."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Return a tensor that is to be drawn as it is."""
        kwargs = kwargs or {}
        return (*args, *kwargs.values())[0] if func in DRAWING else func(*args, **kwargs)


def _torchvision(name: str) -> Any:
    with without_compiler():
        from torchvision import models

    return models.get_model(name, weights=None)


def _resnet(name: str) -> nn.Sequential:
    children = list(_torchvision(name).named_children())
    return nn.Sequential(OrderedDict(children[:-2]))  # without pooling and classifier


def _features(name: str) -> nn.Sequential:
    layers: nn.Sequential = _torchvision(name).features
    return layers


def _resnet_place(key: str) -> str | None:
    return None if key.startswith("fc.") else key


def _features_place(key: str) -> str | None:
    return None if key.startswith("classifier.") else key.removeprefix("features.")


def _lite_place(key: str) -> str | None:
    """Block n is layer n + 1, after the stem."""
    match key.split("."):
        case ["_conv_stem" | "_bn0", *_]:
            return f"0.{key}"
        case ["_conv_head" | "_bn1" | "_fc", *_]:
            return None
        case ["_blocks", number, *rest] if number.isdecimal():
            return ".".join([str(int(number) + 1), *rest])
    return key


BACKBONES = {
    "resnet34": Backbone(functools.partial(_resnet, "resnet34"), _resnet_place),
    "resnet18": Backbone(functools.partial(_resnet, "resnet18"), _resnet_place),
    "mobilenet_v2": Backbone(mobilenet_v2, _features_place),
    "vgg16_bn": Backbone(functools.partial(_features, "vgg16_bn"), _features_place),
    "efficientnet_lite0": Backbone(efficientnet_lite0, _lite_place, mean=(127 / 255,) * 3, std=(128 / 255,) * 3),
}
