"""What every critic promises: the net that judges whether an image was made or taken."""

from __future__ import annotations

from abc import ABC, abstractmethod

from torch import Tensor

from ...errors import InvalidParameterError
from ..backbones.backbones import Pretrainable


class Critic(Pretrainable, ABC):
    """A net that tells real images from generated ones.

    Attributes
    ----------
    smallest, largest : int
        The sides of images that it takes.
    """

    smallest: int = 1
    largest: int = 2**20

    def forward(self, x: Tensor) -> Tensor:
        """Judge images.

        Parameters
        ----------
        x : Tensor
            (N, 3, Y, X) in [0, 1].

        Returns
        -------
        Tensor
            (N, K) logits, one for each of K patches: the higher, the more real.

        Raises
        ------
        InvalidParameterError
            For images of another number of channels, or too small or too large.
        """
        if x.ndim != 4 or x.shape[1] != 3 or not all(self.smallest <= side <= self.largest for side in x.shape[2:]):
            most = f" to {self.largest}" if self.largest < Critic.largest else " pixels or more"
            sides = f"{self.smallest}{most}" if self.smallest < self.largest else f"{self.smallest} pixels"
            raise InvalidParameterError(
                f"(N, 3, Y, X) images with sides of {sides} for {type(self).__name__}", f"shape {tuple(x.shape)}"
            )
        return self.judge(x)

    @abstractmethod
    def judge(self, x: Tensor) -> Tensor:
        """Return (N, K) logits of images whose size was checked."""
