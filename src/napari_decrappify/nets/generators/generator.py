"""What every generator promises to the rooms above."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, NamedTuple

from torch import Tensor, nn

from ...errors import InvalidParameterError
from ..backbones.backbones import Pretrainable

EVERYWHERE = 2**20
"""The halo of a net whose every output pixel may depend on every input pixel."""


class Repaired(NamedTuple):
    """A generator's output.

    Parameters
    ----------
    image : Tensor
        (N, 3, scale * Y, scale * X), nominally in [0, 1], not clipped.
    mask : Tensor or None
        (N, 1, Y, X) logits of the damage mask, from generators that find the damage themselves.
    classes : Tensor or None
        (N, CLASSES, y, x) logits of the classes of colours, from generators that choose among them.
    """

    image: Tensor
    mask: Tensor | None = None
    classes: Tensor | None = None


class Generator(Pretrainable, ABC):
    """A net that makes a better image of a worse one; it learns the difference to `base`.

    Attributes
    ----------
    scale : int
        Output pixels for each input pixel along Y and X.
    multiple : int
        Height and width of the input must be multiples of it, unless `any_size`; tiles have to be cut at its multiples.
    any_size : bool
        Whether the net itself pads inputs of other sizes, in its own way.
    minimum : int
        Smaller sides take it as much time and memory as this one.
    halo : int
        An output pixel depends on no input further away than this many input pixels, provided that the input is
        cut at multiples of `multiple`: tiles with that much context are exact.
    channels : int
        Channels of the input: 3, or 4 where the fourth is the mask of what to replace, 1 inside.
    guided : bool
        Whether a net of three channels takes such a mask as a fourth one, where it is known.
    noise : int
        Above 0 for nets that make images of nothing: they take (N, noise, 1, 1) normal noise instead of images.
    foldable : bool
        Whether `fold_batch_norm` can turn the net into an equal one of the option ``norm="none"``.
    from_weights : bool
        Whether weights must be given to build it, which say what its options don't: they are its argument `weights`.
    """

    scale: int = 1
    multiple: int = 1
    any_size: bool = False
    minimum: int = 1
    halo: int = 0
    channels: int = 3
    guided: bool = False
    noise: int = 0
    foldable: bool = False
    from_weights: bool = False

    @abstractmethod
    def forward(self, x: Tensor) -> Repaired:
        """Repair (N, channels, Y, X) float images with values in [0, 1]."""

    def base(self, x: Tensor) -> Tensor:
        """Return the starting point, without anything learned; (N, 3, scale * Y, scale * X)."""
        return x[:, :3]

    def check_sides(self, x: Tensor) -> None:
        """Refuse an input whose sides aren't multiples of `multiple`, for nets that can't do with others.

        Raises
        ------
        InvalidParameterError
            If one isn't.
        """
        if any(side % self.multiple for side in x.shape[-2:]):
            sides = f"sides that are multiples of {self.multiple} for {type(self).__name__}"
            raise InvalidParameterError(sides, f"{x.shape[-2]} x {x.shape[-1]}", "Choose another patch or tile.")

    def settled(self, options: dict[str, Any]) -> dict[str, Any]:
        """Return the options that build the net as it is now; what was measured of it is measured again, and set."""
        return dict(options)

    def layer_groups(self) -> list[list[nn.Module]]:
        """Return the modules from input to output in groups that share a learning rate; only the last is never frozen.

        Every parameter is in one group.
        """
        return [[self]]
