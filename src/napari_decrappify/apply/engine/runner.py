"""A generator on float pixels: NumPy in and out, any size, grey or RGB, on one device in one precision."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from ...errors import ModelFileError
from ...nets import Generator as Net
from ...nets import Repaired
from ..masks import Mask
from .blending import Output, Pixels
from .chain import within_range
from .ensemble import ONE, Answers, View

WITH_HOLE = 4  # channels of a net that takes a hole beside the image
NOTHING = 0.5  # what such a net sees in it


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
        0 gives the net's base (bicubic enlargement, a smooth fill, or the input), 1 the net's output.
    replaces : bool
        Whether its output replaces damage. If so, values outside [0, 1] are damage too and are not carried over.
    views : sequence of View
        The answer is the mean over these.
    headroom : float
        How far beyond [0, 1] the net is shown values, as on its card.
    """

    def __init__(
        self,
        net: Net,
        device: torch.device,
        precision: torch.dtype = torch.float32,
        strength: float = 1.0,
        replaces: bool = False,
        views: Sequence[View] = ONE,
        headroom: float = 0.0,
    ) -> None:
        self.net, self.device, self.precision = net, device, precision
        self.views = views
        self._strength, self._replaces, self._headroom = strength, replaces, headroom

    @torch.inference_mode()
    def run(self, pixels: Pixels, hole: Mask | None = None) -> Generator[None, None, Output]:
        """Run the net on (Y, X) or (Y, X, 3) pixels, nominally in [0, 1]; yield between two views.

        Parameters
        ----------
        pixels : ndarray of float32
            The image.
        hole : ndarray of bool, optional
            (Y, X), for nets of four channels: what is to be filled. The pixels in it don't matter, not even NaN. For
            guided nets: where the damage is.

        Returns
        -------
        Output
            The image, of the same kind, enlarged by the net's scale, the (Y, X) damage probability, and the spread.
        """
        y, x = pixels.shape[:2]
        batch = self._padded(self._batch(pixels, hole))
        images, masks = Answers(), Answers()
        for number, view in enumerate(self.views):
            if number:
                yield
            image, logits = self._run(view.seen(batch))
            image = view.undone(image)[0, :, : y * self.net.scale, : x * self.net.scale]
            _check_finite(image)
            images.add(image.mean(0) if pixels.ndim == 2 else image.permute(1, 2, 0))
            if logits is not None:
                masks.add(torch.sigmoid(view.undone(logits).float())[0, 0, :y, :x])
        return _output(images, masks)

    @torch.inference_mode()
    def classes(self, pixels: Pixels) -> Tensor | None:
        """Return the (CLASSES, y, x) logits, in one view, of the colours that the net chooses among; None if of none.

        They are of cells, which cover all of the pixels and, up to the next multiple, a little more.
        """
        with self._autocast():
            logits = self._repaired(self._padded(self._batch(pixels, None))).classes
        return None if logits is None else logits[0].float().cpu()

    def _run(self, batch: Tensor) -> tuple[Tensor, Tensor | None]:
        with self._autocast():
            found = self._repaired(batch)
        image = found.image.float()
        if self._strength != 1:
            image = torch.lerp(self.net.base(batch), image, self._strength)
        return image, found.mask

    def _repaired(self, batch: Tensor) -> Repaired:
        if self._replaces:
            repaired: Repaired = self.net(batch.clamp(0, 1))
            return repaired
        return within_range(self.net, self.net.base, batch, self._headroom)

    def _autocast(self) -> contextlib.AbstractContextManager[object]:
        if self.precision == torch.float32:
            return contextlib.nullcontext()
        return torch.autocast(self.device.type, self.precision)

    def _batch(self, pixels: Pixels, hole: Mask | None) -> Tensor:
        plane = torch.from_numpy(np.ascontiguousarray(pixels)).to(self.device)
        plane = plane[..., None].expand(-1, -1, 3) if pixels.ndim == 2 else plane
        if hole is not None:
            unknown = torch.from_numpy(np.array(hole)).to(self.device)[..., None]
            known = plane if self.net.guided else torch.where(unknown, NOTHING, plane.clamp(0, 1))
            plane = torch.cat([known, unknown.float()], -1)
        return plane.permute(2, 0, 1)[None].contiguous(memory_format=torch.channels_last)

    def _padded(self, batch: Tensor) -> Tensor:
        """Repeat the last row and column up to a multiple; tiles need it at the borders of the plane only."""
        if self.net.any_size:
            return batch
        down, right = (-side % self.net.multiple for side in batch.shape[-2:])
        return F.pad(batch, (0, right, 0, down), mode="replicate") if down or right else batch


def _check_finite(image: Tensor) -> None:
    if not torch.isfinite(image).all():
        advice = "Try precision='fp32'; if that fails too, run 'napari-decrappify models verify'."
        raise ModelFileError("finite output of the model", "NaN or infinite values", advice)


def _output(images: Answers, masks: Answers) -> Output:
    spread = images.deviation
    if spread is not None and spread.ndim == 3:
        spread = spread.mean(-1)
    return Output(
        images.mean.cpu().numpy(),
        masks.mean.cpu().numpy() if masks.count else None,
        None if spread is None else spread.cpu().numpy(),
    )
