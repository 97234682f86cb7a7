"""The watermark remover: one U-Net finds the damage and guesses, a second one sees where it is and fills it."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from ..chroma import luma_of
from ..push_pull import push_pull, push_pull_reach
from .generator import Repaired
from .unet import UNSHUFFLE, Norm, RepairUNet

LEVELS, RINGS = 3, (1, 2)
"""Of the smooth fill: colours from up to 45 pixels away, as far as the strokes of large letters need."""
LIKELY = 0.4
"""Probability from which a pixel counts as damaged for the smooth fill, and its neighbours with it."""
GREY, GREY_OF_SURE = 0.25, 0.5
"""Shares of what is found in the picture without its colours, where what only resembles a mark convinces less."""
DOUBTFUL = 6.0
"""Logit that damage reaches by the first share; to be surer, it needs to be so by the second too."""
SEEN = 10
"""Channels that the second U-Net sees: the image, the first one's guess, the smooth fill, the damage."""


class FindAndFill(RepairUNet):
    """A U-Net that finds damage, followed by one that fills it and knows where it is.

    What shines through a watermark helps the second as much as what lies around it: it sees the image, the guess of
    the first, a push-pull fill of what is likely damaged, and the probabilities. Its output is added to that guess.

    Parameters
    ----------
    widths, middle
        Of the U-Net that finds, as for `RepairUNet`. It has no normalisation: it starts as one that was trained alone.
    fill_widths, fill_middle
        Of the U-Net that fills.
    norm : {"batch", "none"}
        Of the U-Net that fills.
    refines : bool
        Whether the second also says how much of each pixel is covered: it adds to the logits of the first.
    """

    guided = True

    def __init__(
        self,
        widths: Sequence[int] = (32, 64, 128, 192),
        middle: int = 2,
        fill_widths: Sequence[int] = (32, 64, 96, 96),
        fill_middle: int = 2,
        norm: Norm = "batch",
        refines: bool = False,
    ) -> None:
        super().__init__(widths, middle, mask_head=True, norm="none")
        self.filler = RepairUNet(fill_widths, fill_middle, mask_head=refines, norm=norm)
        self.filler.head = nn.Conv2d(SEEN * UNSHUFFLE**2, fill_widths[0], 3, padding=1)
        self.multiple = max(self.multiple, self.filler.multiple, 2**LEVELS)
        reach = self.halo + self.filler.halo + 1 + push_pull_reach(LEVELS, RINGS)
        self.halo = -(-reach // self.multiple) * self.multiple

    def forward(self, x: Tensor) -> Repaired:
        """Repair (N, 3, Y, X) images; where there is a fourth channel, damage is where it is 1 and nowhere else."""
        image = x[:, :3]
        found = super().forward(image)
        assert found.mask is not None
        blind = x.shape[1] == image.shape[1]
        damage = torch.sigmoid(found.mask.detach()) if blind else x[:, 3:]
        hole = F.max_pool2d(damage, 3, 1, 1) > LIKELY
        with torch.autocast(x.device.type, enabled=False):
            smooth = push_pull(image.float(), hole, LEVELS, RINGS)
        seen = torch.cat([image - 0.5, found.image - 0.5, smooth - 0.5, damage], 1)
        features = self.filler.body(self.filler.head(F.pixel_unshuffle(seen, UNSHUFFLE)))
        learned = F.pixel_shuffle(self.filler.to_image(features), UNSHUFFLE).float()
        mask = found.mask
        if self.filler.to_mask is not None:
            mask = mask + F.pixel_shuffle(self.filler.to_mask(features), UNSHUFFLE).float()
        elif blind and not self.training:
            mask = self._confirmed(mask, image)
        return Repaired(found.image + learned, mask)

    def _confirmed(self, mask: Tensor, image: Tensor) -> Tensor:
        """Temper mask logits by those of the picture's luma."""
        grey = super().forward(luma_of(image).expand_as(image)).mask
        assert grey is not None
        return torch.minimum(torch.lerp(mask, grey, GREY), torch.lerp(mask, grey, GREY_OF_SURE).clamp_min(DOUBTFUL))

    def layer_groups(self) -> list[list[nn.Module]]:
        """Return what finds, and what fills."""
        return [[part for part in self.children() if part is not self.filler], [self.filler]]
