"""The second U-Net goes on from the first one's guess, and believes a mask that it is given."""

from __future__ import annotations

import pytest
import torch

from napari_decrappify.nets import build
from napari_decrappify.nets.chroma import luma_of
from napari_decrappify.nets.generators.find_and_fill import DOUBTFUL
from napari_decrappify.nets.generators.unet import RepairUNet

FINDER = {"widths": (8, 8), "middle": 1}
SMALL = {**FINDER, "fill_widths": (8, 12), "fill_middle": 1}


@pytest.fixture
def net():
    net = build("find-and-fill", SMALL)
    for weight in net.parameters():
        torch.nn.init.normal_(weight, std=0.1)
    return net.eval()


def test_it_starts_as_the_finder_whose_weights_it_takes():
    finder = build("repair-unet", {**FINDER, "norm": "none"}).eval()
    for weight in finder.parameters():
        torch.nn.init.normal_(weight, std=0.2)
    net, x = build("find-and-fill", SMALL).eval(), torch.rand(2, 3, 16, 24)
    missing, unexpected = net.load_state_dict(finder.state_dict(), strict=False)
    assert not unexpected
    assert all(key.startswith("filler.") for key in missing)
    assert all(torch.equal(*pair) for pair in zip(net.train()(x)[:2], finder(x)[:2], strict=True))


def test_a_given_mask_stands_for_what_it_would_find(net):
    x = torch.rand(1, 3, 32, 32)
    found = net(x)
    same = net(torch.cat([x, torch.sigmoid(RepairUNet.forward(net, x).mask)], 1))
    assert torch.equal(same.image, found.image)
    mask = torch.zeros(1, 1, 32, 32)
    mask[..., 8:20, 8:20] = 1
    marked, clear = (net(torch.cat([x, m], 1)) for m in (mask, torch.zeros_like(mask)))
    assert torch.equal(marked.mask, clear.mask)
    assert (marked.image != clear.image).any()


def test_what_the_grey_picture_does_not_confirm_is_less_likely_and_never_sure(net):
    x = torch.rand(1, 3, 32, 32)
    with torch.no_grad():
        net.to_mask.weight.mul_(1e3)
        colour, grey = (RepairUNet.forward(net, image).mask for image in (x, luma_of(x).expand_as(x)))
        mask = net(x).mask
    doubted = (colour > 8) & (grey < 2)
    assert doubted.any()
    assert (mask[doubted] < colour[doubted]).all()
    assert mask[doubted & (colour + grey < 2 * DOUBTFUL)].max() <= DOUBTFUL
    both = (colour > 8) & (grey > 8)
    assert (mask[both] > DOUBTFUL).all()


def test_a_grey_picture_is_found_in_as_before(net):
    x = torch.rand(1, 1, 32, 32).expand(1, 3, 32, 32)
    torch.testing.assert_close(net(x).mask, RepairUNet.forward(net, x).mask, atol=1e-4, rtol=1e-4)


def test_both_parts_learn_unless_the_first_is_frozen(net):
    finding, filling = net.layer_groups()
    grouped = {id(weight) for part in (*finding, *filling) for weight in part.parameters()}
    assert grouped == {id(weight) for weight in net.parameters()}
    net.train()(torch.rand(2, 3, 16, 16)).image.square().mean().backward()
    assert net.head.weight.grad.abs().sum() > 0
    assert net.filler.head.weight.grad.abs().sum() > 0
    assert net.to_mask.weight.grad is None  # damage is learned from masks only, not from what would help to fill


def test_the_second_adds_to_the_coverage_that_the_first_finds_and_starts_from_it(net):
    refiner = build("find-and-fill", {**SMALL, "refines": True}).eval()
    missing, unexpected = refiner.load_state_dict(net.state_dict(), strict=False)
    assert not unexpected
    assert set(missing) == {"filler.to_mask.weight", "filler.to_mask.bias"}
    x = torch.rand(1, 3, 32, 32)
    assert torch.equal(refiner(x).mask, RepairUNet.forward(net, x).mask)
    assert torch.equal(refiner(x).image, net(x).image)
    torch.nn.init.normal_(refiner.filler.to_mask.weight, std=0.1)
    assert not torch.equal(refiner(x).mask, RepairUNet.forward(net, x).mask)


def test_what_covers_is_learned_by_the_second_alone_where_the_first_is_frozen():
    refiner = build("find-and-fill", {**SMALL, "refines": True})
    finding = refiner.layer_groups()[0]
    for part in finding:
        part.requires_grad_(False)
    torch.nn.init.normal_(refiner.filler.to_mask.weight, std=0.1)
    refiner.train()(torch.rand(2, 3, 16, 16)).mask.square().mean().backward()
    assert refiner.filler.head.weight.grad.abs().sum() > 0
    assert all(weight.grad is None for part in finding for weight in part.parameters())
