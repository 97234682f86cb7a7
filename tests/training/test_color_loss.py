"""The loss of colour classes: least for the truth, and vivid colours weigh as told."""

from __future__ import annotations

import pytest
import torch

from napari_decrappify.nets import Repaired
from napari_decrappify.nets.chroma import (
    CLASSES,
    as_colors,
    chroma_of,
    in_classes,
)
from napari_decrappify.training.losses import loss_terms
from napari_decrappify.training.losses.loss_terms import LossInputs, color_loss
from napari_decrappify.training.losses.pixel_losses import L1
from napari_decrappify.training.recipes.loss import LossConfig


def flat(cb: float, cr: float, side: int = 8) -> torch.Tensor:
    """Return a picture of one colour."""
    return 0.5 + as_colors(torch.tensor([cb, cr]).view(1, 2, 1, 1).expand(1, 2, side, side))


def certain(image: torch.Tensor, side: int = 2) -> torch.Tensor:
    """Return logits that are sure of a flat picture's colour."""
    numbers, shares = in_classes(chroma_of(image)[..., :side, :side])
    logits = torch.full((1, CLASSES, side, side), -20.0)
    return logits.scatter(1, numbers, shares.clamp(min=1e-9).log())


def test_the_truth_costs_nothing_and_anything_else_does():
    vivid, grey = flat(0.2, -0.1), flat(0.0, 0.0)
    assert color_loss(certain(vivid), vivid, 0.0).item() == pytest.approx(0, abs=1e-3)
    assert color_loss(certain(grey), vivid, 0.0) > 5
    even = color_loss(torch.zeros(1, CLASSES, 2, 2), vivid, 0.0).item()
    assert even == pytest.approx(torch.log(torch.tensor(float(CLASSES))).item(), abs=1e-4)


def test_a_cell_has_the_mean_colour_of_its_pixels():
    halves = torch.cat([flat(0.2, 0.0, 4), flat(-0.2, 0.0, 4)], -1)
    grey = flat(0.0, 0.0)
    assert color_loss(certain(grey, 1), halves[..., :4, 2:6], 0.0) < 1e-3


def test_vivid_colours_weigh_more():
    both = torch.cat([flat(0.2, 0.0), flat(0.0, 0.0)], -1)
    right_about_grey = certain(flat(0.0, 0.0)).repeat(1, 1, 1, 2)
    as_many, more = (color_loss(right_about_grey, both, vivid).item() for vivid in (0.0, 5.0))
    assert more / as_many == pytest.approx((2 / 3) / (1 / 2), rel=1e-3)


def test_rare_classes_weigh_more_as_they_are_balanced():
    rare_beside_common = torch.cat([flat(0.2, 0.0), flat(0.0, 0.0), flat(0.0, 0.0), flat(0.0, 0.0)], -1)
    right_about_common = certain(flat(0.0, 0.0)).repeat(1, 1, 1, 4)
    plain, balanced = (color_loss(right_about_common, rare_beside_common, 0.0, share).item() for share in (0.0, 0.9))
    weights = [1 / (0.9 * share + 0.1 / CLASSES) for share in (1 / 4, 3 / 4)]
    assert balanced / plain == pytest.approx(4 * weights[0] / (weights[0] + 3 * weights[1]), rel=1e-3)


def evenness(image: torch.Tensor, target: torch.Tensor) -> float:
    nowhere = torch.zeros(1, 1, 8, 16)
    inputs = LossInputs(Repaired(image), target, nowhere, nowhere, L1, image - target, LossConfig(even=1.0))
    return loss_terms.even(inputs).item()


def test_blotches_cost_where_the_target_has_no_edge():
    blotched, plain = torch.cat([flat(0.2, 0.0), flat(0.0, 0.0)], -1), torch.cat([flat(0.0, 0.0)] * 2, -1)
    edge = plain + 0.4 * (torch.arange(16) >= 8)
    assert evenness(plain, plain) == 0
    assert evenness(blotched, plain) > 100 * evenness(blotched, edge) > 0
