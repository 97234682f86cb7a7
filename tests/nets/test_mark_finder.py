"""The finder of marks is the watermark remover's first U-Net without its image."""

from __future__ import annotations

import torch

from napari_decrappify.nets import build
from napari_decrappify.nets.fold import fold_batch_norm

SMALL = {"widths": (8, 12), "middle": 1}


def test_it_leaves_the_image_and_finds_what_the_remover_finds_whose_weights_it_takes():
    remover = build("find-and-fill", {**SMALL, "fill_widths": (8,), "fill_middle": 1}).eval()
    for weight in remover.parameters():
        torch.nn.init.normal_(weight, std=0.2)
    finder, x = build("mark-finder", {**SMALL, "norm": "none"}).eval(), torch.rand(2, 3, 16, 24)
    taken = {name: value for name, value in remover.state_dict().items() if name in finder.state_dict()}
    finder.load_state_dict(taken)
    found = finder(x)
    assert torch.equal(found.image, x)
    torch.testing.assert_close(found.mask, remover.train()(x).mask)


def test_what_it_learns_reaches_every_weight():
    net = build("mark-finder", SMALL)
    torch.nn.init.normal_(net.to_mask.weight, std=0.1)
    net(torch.rand(2, 3, 16, 16)).mask.square().mean().backward()
    assert all(weight.grad is not None for weight in net.parameters())


def test_its_normalisation_folds_away():
    net = build("mark-finder", SMALL)
    net(torch.rand(4, 3, 16, 16))
    folded, options = fold_batch_norm(net, SMALL)
    x = torch.rand(1, 3, 16, 16)
    assert options["norm"] == "none"
    torch.testing.assert_close(folded(x).mask, net.eval()(x).mask, atol=1e-5, rtol=1e-4)
