"""What a net that chooses among colours is sure of counts more beside hints, and its likeliest colours can be told."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from napari_decrappify import colorize, nets
from napari_decrappify.apply.colors.odds import Odds, odds_on
from napari_decrappify.apply.tasks.request import set_up
from napari_decrappify.degrade.operations.tone import LUMA
from napari_decrappify.nets import Generator, Repaired
from napari_decrappify.nets.chroma import CELL, CLASSES, SIDE, as_colors, in_classes, variance

BLUE = (0.25, -0.05)
RED = (190, 70, 60)


def logits_of(*colors, sureness=8.0):
    """Return the (CLASSES,) logits of a net that takes colours (Cb, Cr) for likely, each less than the one before."""
    logits = torch.zeros(CLASSES)
    for number, color in enumerate(colors):
        numbers, _ = in_classes(torch.tensor(color).view(1, 2, 1, 1))
        logits[numbers.flatten()] += sureness - number
    return logits


class Chooser(Generator):
    """Takes all for blue: is sure of it at the top, and lower down nearly as sure of many others."""

    multiple = 4

    def __init__(self) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(1))

    def forward(self, x):
        y, cells = x.shape[-2] // 4, x.shape[-1] // 4
        sureness = torch.linspace(14, 4, y).view(1, 1, y, 1)
        classes = (logits_of(BLUE, sureness=1.0).view(1, -1, 1, 1) * sureness).expand(-1, -1, -1, cells)
        blue = as_colors(torch.tensor(BLUE).view(1, 2, 1, 1))
        return Repaired(x.mean(1, keepdim=True) + blue, classes=classes)


@pytest.fixture
def chooser(make_model, monkeypatch):
    monkeypatch.setitem(nets.ARCHITECTURES, "chooser", Chooser)
    return make_model("chooser", "colorize")


def context(model):
    return set_up("colorize", model=model, device="cpu", precision="fp32", tile=None).run_context


def test_variance_is_nought_where_the_net_is_sure_and_that_of_the_grid_where_it_knows_nothing():
    grid = (np.arange(SIDE) - SIDE // 2) * CELL
    sure = torch.full((1, CLASSES, 1, 1), -50.0)
    sure[:, 7] = 50
    assert variance(sure).item() == pytest.approx(0, abs=1e-6)
    assert variance(torch.zeros(1, CLASSES, 1, 1)).item() == pytest.approx(2 * grid.var(), rel=1e-4)


def test_doubts_cover_the_plane_whatever_its_size(chooser):
    odds = odds_on(context(chooser), np.full((41, 30), 0.5, np.float32))
    doubts = odds.variance()
    assert doubts.shape == (41, 30)
    assert doubts[0, 0] < 2e-3 < 0.02 < doubts[-1, -1]


def test_a_model_that_does_not_choose_has_no_odds(make_model):
    assert odds_on(context(make_model("tint", "colorize")), np.zeros((8, 8), np.float32)) is None


def test_a_hint_goes_further_where_the_net_is_unsure(chooser):
    image = np.full((96, 90), 128, np.uint8)
    mask = np.zeros(image.shape, bool)
    mask[:, 40:50] = True
    result = colorize(image, (np.full((*image.shape, 3), RED, np.uint8), mask), model=chooser).astype(float)
    chroma = result - (result @ LUMA)[..., None]
    wanted = np.array(RED) - np.array(RED) @ LUMA
    sure, unsure = (np.abs(chroma[rows, :20] - wanted).mean() for rows in (slice(0, 10), slice(86, 96)))
    assert unsure < 0.6 * sure


def test_likeliest_colours_come_in_order_and_apart():
    colors = [(0.25, -0.05), (-0.2, 0.3), (0.0, 0.0)]
    logits = logits_of(*colors).view(CLASSES, 1, 1).expand(-1, 2, 2)
    found = Odds(logits, (8, 8), 4).likeliest((7, 3), 3)
    wanted = torch.cat([as_colors(torch.tensor(color).view(1, 2, 1, 1)) for color in colors])[..., 0, 0]
    np.testing.assert_allclose(found, wanted.numpy(), atol=0.05)


def test_five_colours_are_five(chooser):
    found = odds_on(context(chooser), np.full((16, 16), 0.5, np.float32)).likeliest((15, 15), 5)
    assert len(np.unique(found.round(3), axis=0)) == 5
