"""A model of another project is a model like any other: it gives what spandrel gives, in every way to use it."""

from __future__ import annotations

import copy

import dask.array
import numpy as np
import pytest
import torch

from napari_decrappify import (
    colorize,
    infill,
    replay,
    restore,
    upscale,
)
from napari_decrappify.apply.engine.tiling import Box
from napari_decrappify.apply.tasks import plan
from napari_decrappify.models import load_model
from napari_decrappify.nets.generators.generator import EVERYWHERE
from napari_decrappify.provenance import record

UPSCALERS = ["compact-x2", "compact-grey-x2", "esrgan-x4", "span-x4", "swinir-x2", "hat-x2", "safmn-x2"]
EXACT = {"precision": "fp32", "normalize": (0.0, 1.0)}
WHOLE = {**EXACT, "tile": 1024}


def picture(y, x, seed=0):
    """Return a picture in [0.2, 0.8], with details of all sizes."""
    rng = np.random.default_rng(seed)
    grid = np.mgrid[:y, :x].sum(0)[..., None] / 17
    return (0.5 + 0.15 * np.sin(grid + np.arange(3)) + 0.15 * (rng.random((y, x, 3)) - 0.5)).astype(np.float32)


def tensor(image):
    return torch.from_numpy(image).permute(2, 0, 1)[None]


def array(images):
    return images[0].permute(1, 2, 0).numpy()


def by_channel(net, image):
    """Return spandrel's answer; of grey nets for each colour."""
    if net.input_channels == 3:
        return array(net(tensor(image)))
    return np.concatenate([array(net(tensor(image[..., [c]]))) for c in range(3)], -1)


def used(card, image, **keywords):
    """Return what the task of a model makes of an image."""
    if card.task == "upscale":
        return upscale(image, card.scale, model=card.name, **keywords)
    return restore(image, model=card.name, **keywords)


@pytest.mark.parametrize("yx", [(48, 40), (37, 51), (9, 70)])
@pytest.mark.parametrize("name", [*UPSCALERS, "nafnet"])
def test_it_gives_what_spandrel_gives(imported, descriptor, name, yx):
    image = picture(*yx)
    expected = by_channel(descriptor(name), image)
    made = used(imported(name), image, **WHOLE)
    assert made.shape == expected.shape
    assert np.abs(made - expected).max() < 1e-5
    assert expected.std() > 0.01


def test_a_grey_image_is_grey_and_the_same_for_nets_of_one_channel(imported, descriptor):
    grey = picture(40, 33)[..., 0]
    made = upscale(grey, 2, model=imported("compact-grey-x2").name, **WHOLE)
    expected = descriptor("compact-grey-x2")(torch.from_numpy(grey)[None, None])[0, 0].numpy()
    assert np.abs(made - expected).max() < 1e-5


def test_holes_are_filled_as_spandrel_fills_them_and_nothing_else_changes(imported, descriptor):
    image, mask = picture(45, 50), np.zeros((45, 50), bool)
    mask[10:20, 15:40] = True
    made = infill(image, mask, model=imported("filler").name, texture=0, **WHOLE)
    hole = torch.from_numpy(mask)[None, None].float()
    expected = array(descriptor("filler")(tensor(image), hole).detach())
    assert np.abs(made - expected).max() < 1e-5
    assert np.array_equal(made[~mask], image[~mask])


def test_what_lies_in_a_hole_does_not_matter(imported):
    image, mask = picture(40, 40), np.zeros((40, 40), bool)
    mask[10:20, 10:20] = True
    other = image.copy()
    other[mask] = 0.9
    made = [infill(one, mask, model=imported("filler").name, texture=0, **WHOLE) for one in (image, other)]
    assert np.array_equal(*made)


def test_a_net_that_makes_colours_of_grey_colours(imported):
    card = imported("painter")
    assert card.task == "colorize"
    made = colorize(picture(40, 40)[..., 0], model=card.name, **EXACT)
    assert made.shape == (40, 40, 3)
    assert np.ptp(made, axis=-1).max() > 0.01


@pytest.mark.parametrize("name", UPSCALERS)
def test_tiles_make_what_one_pass_makes(imported, name):
    card, image = imported(name), picture(150, 90)
    whole, tiled = (used(card, image, **{**WHOLE, "tile": tile}) for tile in (1024, 32))
    assert np.abs(whole - tiled).max() < 1e-3
    tiling = plan("upscale", image, card.scale, model=card.name, tile=32).tiling
    assert len(list(tiling.rows((150, 90), Box(0, 150, 0, 90)))) > 1
    assert tiling.blend == 0


def test_a_net_that_looks_at_the_whole_picture_gets_it_whole(imported):
    """NAFNet weighs its channels by their means over the picture: no halo is wide enough, tiles are cross-faded."""
    card, image = imported("nafnet"), picture(300, 200)
    assert load_model(card.name).net.halo == EVERYWHERE
    assert "whole picture" in card.limits
    assert plan("restore", image, model=card.name).tiling.tile >= (300, 200)
    assert plan("restore", image, model=card.name, tile=64).tiling.blend > 0


def test_windows_are_cut_where_they_begin(imported):
    assert load_model(imported("swinir-x2").name).net.multiple % 8 == 0
    assert load_model(imported("compact-x2").name).net.multiple == 1


def test_a_lazy_image_is_done_chunk_by_chunk(imported):
    card, image = imported("compact-x2"), picture(130, 120)
    lazy = upscale(dask.array.from_array(image, chunks=(64, 64, 3)), 2, model=card.name, **EXACT)
    assert lazy.numblocks[0] > 1
    assert np.abs(lazy.compute(scheduler="synchronous") - upscale(image, 2, model=card.name, **WHOLE)).max() < 1e-3


def test_twice_x2_is_x4(imported, descriptor):
    image, net = picture(31, 26), descriptor("compact-x2")
    made = upscale(image, 4, model=imported("compact-x2").name, **WHOLE)
    assert np.abs(made - array(net(net(tensor(image))))).max() < 1e-5


def test_an_ensemble_is_the_mean_of_eight_views(imported, descriptor):
    image, net = picture(24, 24), descriptor("compact-x2")
    made, uncertainty = upscale(image, 2, model=imported("compact-x2").name, return_uncertainty=True, **WHOLE)
    views = []
    for quarters in range(4):
        for flipped in (False, True):
            seen = np.rot90(image, quarters)
            answer = array(net(tensor((seen[:, ::-1] if flipped else seen).copy())))
            views.append(np.rot90(answer[:, ::-1] if flipped else answer, -quarters))
    assert np.abs(made - np.mean(views, 0)).max() < 1e-5
    assert uncertainty.max() > 0


def test_strength_begins_at_the_plain_enlargement(imported):
    image = picture(20, 20)
    plain = upscale(image, 2, model=imported("compact-x2").name, strength=0, **WHOLE)
    assert np.abs(plain[::2, ::2] - image).mean() < 0.05


def test_half_precision_is_taken_only_where_the_architecture_says_so(imported):
    assert not imported("painter").bf16
    assert imported("compact-x2").bf16


def test_16_bits_stay_16_bits(imported):
    image = (picture(40, 40) * 60000).astype(np.uint16)
    assert upscale(image, 2, model=imported("compact-x2").name).dtype == np.uint16


def test_its_result_can_be_made_again(imported):
    image, parameters = picture(30, 30), {"factor": 2, "model": imported("compact-x2").name, "precision": "fp32"}
    made = upscale(image, **parameters)
    assert np.array_equal(replay(record("upscale", parameters, model=load_model(parameters["model"])), image), made)


def test_the_net_stays_as_it_was_loaded(imported):
    net = load_model(imported("span-x4").name).net
    before = copy.deepcopy(net.state_dict())
    upscale(picture(20, 20), 4, model=imported("span-x4").name)
    kept = {name: value for name, value in net.state_dict().items() if "eval_conv" not in name}  # SPAN's, made anew
    assert kept
    assert all(torch.equal(value, before[name]) for name, value in kept.items())


def test_a_net_that_fills_holes_sees_as_far_as_they_are_large(imported):
    """From what distance a hole is filled depends on the hole: it isn't measured on a small one."""
    net = load_model(imported("filler").name).net
    assert (net.halo, net.multiple) == (EVERYWHERE, 64)
