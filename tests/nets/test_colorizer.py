"""The colouriser: colours change, luma doesn't, and colours that were there aren't looked at."""

from __future__ import annotations

import pytest
import torch

from napari_decrappify.nets import Generator, build

LUMA = torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)


@pytest.fixture(scope="module")
def net() -> Generator:
    """A fresh one: its encoder and decoder are random, so its colours are wild."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return build("colorizer").eval()


@pytest.fixture(scope="module")
def picture() -> torch.Tensor:
    return torch.rand(1, 3, 48, 40, generator=torch.Generator().manual_seed(1))


@torch.inference_mode()
def test_luma_is_the_inputs_and_colours_are_new(net: Generator, picture: torch.Tensor) -> None:
    image = net(picture).image
    torch.testing.assert_close((image * LUMA).sum(1), (picture * LUMA).sum(1), atol=1e-5, rtol=0)
    assert (image - image.mean(1, keepdim=True)).abs().max() > 0.01


@torch.inference_mode()
def test_a_colour_picture_is_coloured_as_its_grey_one(net: Generator, picture: torch.Tensor) -> None:
    grey = (picture * LUMA).sum(1, keepdim=True).expand(-1, 3, -1, -1)
    torch.testing.assert_close(net(picture).image, net(grey).image, atol=1e-4, rtol=0)
    torch.testing.assert_close(net.base(picture), grey)
