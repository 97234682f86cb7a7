"""Colours in classes: to chroma and back, sorted and mixed."""

from __future__ import annotations

import pytest
import torch

from napari_decrappify.nets.chroma import (
    CELL,
    CLASSES,
    SIDE,
    as_colors,
    chroma_of,
    in_classes,
    luma_of,
    mixed,
)


@pytest.fixture
def picture() -> torch.Tensor:
    return torch.rand(2, 3, 5, 7, generator=torch.Generator().manual_seed(0))


def shares_of(chroma: torch.Tensor) -> torch.Tensor:
    """Return the (N, CLASSES, Y, X) shares of all classes."""
    numbers, shares = in_classes(chroma)
    return torch.zeros(len(chroma), CLASSES, *chroma.shape[2:]).scatter_add_(1, numbers, shares)


def test_luma_and_chroma_make_the_picture_again(picture: torch.Tensor) -> None:
    torch.testing.assert_close(luma_of(picture) + as_colors(chroma_of(picture)), picture)


def test_chroma_has_no_luma(picture: torch.Tensor) -> None:
    colors = as_colors(chroma_of(picture))
    torch.testing.assert_close(luma_of(colors), torch.zeros_like(colors[:, :1]), atol=1e-6, rtol=0)


def test_the_four_classes_around_a_colour_mean_it() -> None:
    chroma = torch.rand(1, 2, 9, 9, generator=torch.Generator().manual_seed(1)) * 0.78 - 0.39
    shares = shares_of(chroma)
    torch.testing.assert_close(shares.sum(1), torch.ones(1, 9, 9))
    torch.testing.assert_close(mixed(shares.clamp(min=1e-30).log(), 1.0), chroma, atol=1e-5, rtol=0)


def test_what_lies_beyond_the_grid_goes_to_its_rim() -> None:
    numbers, shares = in_classes(torch.tensor([0.5, -0.5]).view(1, 2, 1, 1))
    assert numbers[0, shares[0, :, 0, 0].argmax(), 0, 0] == SIDE - 1
    assert shares.max() == 1


def test_a_lower_temperature_takes_sides() -> None:
    vivid, grey = (torch.tensor([level, 0.0]).view(1, 2, 1, 1) for level in (4 * CELL, 0.0))
    logits = (0.6 * shares_of(vivid) + 0.4 * shares_of(grey)).clamp(min=1e-30).log()
    pale, annealed, sure = (mixed(logits, temperature)[0, 0].item() for temperature in (1.0, 0.38, 0.01))
    assert pale == pytest.approx(0.6 * 4 * CELL, abs=1e-4)
    assert pale < annealed < sure == pytest.approx(4 * CELL, abs=1e-4)
