"""A generator on float pixels: NumPy in and out, any size, grey or RGB, on one device in one precision."""

from __future__ import annotations

import contextlib
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from ..errors import ModelFileError
from ..nets import Generator
from .blending import Pixels
from .chain import within_range


class Output(NamedTuple):
    """A repaired piece of a plane, and the probability of damage at each input pixel if the net gives one."""

    image: Pixels
    mask: Pixels | None


class Runner:
    """A net, ready to run.

    Parameters
    ----------
    net : Generator
        On `device`, in evaluation mode.
    device : torch.device
        Where it is.
    precision : torch.dtype
        ``torch.bfloat16`` runs it under autocast; the base that its output is added to stays float32.
    strength : float
        0 gives the net's base (bicubic enlargement, or the input), 1 the net's output.
    replaces : bool
        Whether its output replaces damage. If so, values outside [0, 1] are damage too and are not carried over.
    """

    def __init__(
        self,
        net: Generator,
        device: torch.device,
        precision: torch.dtype = torch.float32,
        strength: float = 1.0,
        replaces: bool = False,
    ) -> None:
        self.net, self.device, self.precision = net, device, precision
        self._strength, self._replaces = strength, replaces

    @torch.inference_mode()
    def __call__(self, pixels: Pixels) -> Output:
        """Run the net on (Y, X) or (Y, X, 3) pixels, nominally in [0, 1].

        Returns
        -------
        Output
            The image, of the same kind, enlarged by the net's scale, and the (Y, X) damage probability.
        """
        y, x = pixels.shape[:2]
        batch = self._padded(self._batch(pixels))
        image, logits = self._run(batch)
        image = image[..., : y * self.net.scale, : x * self.net.scale]
        if not torch.isfinite(image).all():
            advice = "Try precision='fp32'; if that fails too, run 'napari-decrappify models verify'."
            raise ModelFileError("finite output of the model", "NaN or infinite values", advice)
        mask = None if logits is None else torch.sigmoid(logits.float())[0, 0, :y, :x].cpu().numpy()
        image = image[0].mean(0) if pixels.ndim == 2 else image[0].permute(1, 2, 0)
        return Output(image.cpu().numpy(), mask)

    def _run(self, batch: Tensor) -> tuple[Tensor, Tensor | None]:
        with self._autocast():
            if self._replaces:
                image, logits = self.net(batch.clamp(0, 1))
            else:
                image, logits = within_range(self.net, batch)
        image = image.float()
        if self._strength != 1:
            image = torch.lerp(self.net.base(batch), image, self._strength)
        return image, logits

    def _autocast(self) -> contextlib.AbstractContextManager[object]:
        if self.precision == torch.float32:
            return contextlib.nullcontext()
        return torch.autocast(self.device.type, self.precision)

    def _batch(self, pixels: Pixels) -> Tensor:
        plane = torch.from_numpy(np.ascontiguousarray(pixels)).to(self.device)
        if pixels.ndim == 2:
            plane = plane[..., None].expand(-1, -1, 3)
        return plane.permute(2, 0, 1)[None].contiguous(memory_format=torch.channels_last)

    def _padded(self, batch: Tensor) -> Tensor:
        """Repeat the last row and column up to a multiple; tiles need it at the borders of the plane only."""
        down, right = (-side % self.net.multiple for side in batch.shape[-2:])
        return F.pad(batch, (0, right, 0, down), mode="replicate") if down or right else batch
