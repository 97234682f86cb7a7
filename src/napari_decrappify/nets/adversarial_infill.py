"""Adversarial infill as it was published: a small net fills square holes, another judges 16 x 16 patches."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from .critics.critic import Critic
from .generators.generator import Generator, Repaired

BORDER = 4
PATCH = 16


class AdversarialInfill(Generator):
    """Four plain convolutions that look around a hole (ririw's adversarial-infill, 2017).

    Published for 16 x 16 patches with a hole of 8 x 8; being convolutions, they take any image and any hole. What is
    in the hole isn't looked at.
    """

    channels = 4
    halo = 7

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            *(nn.Conv2d(4, 64, 5, padding=3), nn.LeakyReLU()),
            *(nn.Conv2d(64, 128, 7), nn.LeakyReLU()),
            *(nn.Conv2d(128, 128, 3), nn.LeakyReLU()),
            *(nn.Conv2d(128, 3, 3), nn.LeakyReLU()),
        )

    def forward(self, x: Tensor) -> Repaired:
        """Return (N, 3, Y, X): the input outside the mask, bit by bit, and what was made inside it."""
        image, hole = x[:, :3], x[:, 3:] > 0.5
        inner = hole[..., BORDER:-BORDER, BORDER:-BORDER]
        reaches_border = int(hole.sum()) != int(inner.sum())
        padded = F.pad(x, (BORDER,) * 4) if reaches_border else x
        made = self.fill(padded).to(image.dtype)
        if not reaches_border:
            made = F.pad(made, (BORDER,) * 4)
        return Repaired(torch.where(hole, made, image))

    def fill(self, x: Tensor) -> Tensor:
        """Map (N, 4, Y, X) to the (N, 3, Y - 8, X - 8) that the net makes of the middle."""
        hole = (x[:, 3:] > 0.5).to(x.dtype)
        made: Tensor = self.layers(torch.cat([x[:, :3] * (1 - hole), hole], 1))
        return made


class InfillChecker(Critic):
    """The published judge of 16 x 16 patches."""

    smallest = largest = PATCH

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            *(nn.Conv2d(3, 32, 3), nn.LeakyReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(32, 64, 5), nn.LeakyReLU(), nn.MaxPool2d(2)),
            nn.Flatten(),
            *(nn.Linear(64, 32), nn.LeakyReLU()),
            nn.Linear(32, 1),
        )

    def judge(self, x: Tensor) -> Tensor:
        """Return one logit a patch."""
        logits: Tensor = self.layers(x)
        return logits
