"""Batch normalisation folded into the convolutions before it: the same function, for less work."""

from __future__ import annotations

import copy
from typing import Any

from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from .generators.generator import Generator


def fold_batch_norm(net: Generator, options: dict[str, Any]) -> tuple[Generator, dict[str, Any]]:
    """Return an evaluation copy of a net without batch normalisation, and the options that build it.

    A net that has none, or isn't `foldable`, is copied as it is.

    Parameters
    ----------
    net : Generator
        The trained net.
    options : dict
        The options it was built with.
    """
    folded = copy.deepcopy(net).eval()
    if not net.foldable or not any(isinstance(module, nn.BatchNorm2d) for module in folded.modules()):
        return folded, dict(options)
    for parent in list(folded.modules()):
        for name, child in list(parent.named_children()):
            match list(child) if isinstance(child, nn.Sequential) else []:
                case [nn.Conv2d() as convolution, nn.BatchNorm2d() as normalisation]:
                    setattr(parent, name, fuse_conv_bn_eval(convolution, normalisation))
    return folded, {**options, "norm": "none"}
