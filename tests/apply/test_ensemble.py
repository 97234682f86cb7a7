"""The ensemble is the mean over eight views, its uncertainty their spread; finders may look at several scales."""

from __future__ import annotations

import dask
import dask.array as da
import numpy as np
import pytest
import torch
from torch.nn import functional as F  # noqa: N812

from napari_decrappify import remove_watermark, restore, upscale
from napari_decrappify.apply.engine.ensemble import EIGHT, Answers


@pytest.fixture
def shift(make_model):
    return make_model("shift", "restore")


def blurred(x, radius):
    return F.avg_pool2d(F.pad(x, (radius,) * 4, mode="replicate"), 2 * radius + 1, 1)


def eight_by_hand(call, image, factor=1):
    answers = []
    for quarters in range(4):
        for flipped in (False, True):
            seen = np.rot90(image, quarters)
            answer = call(np.ascontiguousarray(seen[:, ::-1] if flipped else seen))
            answers.append(np.rot90(answer[:, ::-1] if flipped else answer, -quarters))
    return np.mean(answers, 0), np.std(answers, 0)


def test_the_eight_views_differ_and_are_undone():
    x = torch.arange(2 * 3 * 5.0).reshape(1, 2, 3, 5)
    seen = [view.seen(x) for view in EIGHT]
    assert len({(tuple(s.shape), tuple(s.flatten().tolist())) for s in seen}) == 8
    assert all(torch.equal(view.undone(s), x) for view, s in zip(EIGHT, seen, strict=True))


def test_mean_and_deviation_of_what_comes_one_by_one():
    many = torch.rand((8, 3, 4), generator=torch.Generator().manual_seed(0))
    answers = Answers()
    for one in many:
        answers.add(one)
        assert (answers.deviation is None) == (answers.count == 1)
    torch.testing.assert_close(answers.mean, many.mean(0))
    torch.testing.assert_close(answers.deviation, many.std(0, correction=0))


@pytest.mark.parametrize("shape", [(30, 41), (30, 41, 3), (1, 5)])
@pytest.mark.parametrize("tile", [None, 16])
def test_an_ensemble_is_the_mean_made_by_hand(shift, rng, shape, tile):
    image = (rng.random(shape) * 50).astype(np.float32)
    options = {"model": shift, "normalize": "full", "rgb": len(shape) == 3}
    mean, deviation = eight_by_hand(lambda seen: restore(seen, **options), image)
    result, uncertainty = restore(image, return_uncertainty=True, tile=tile, **options)
    np.testing.assert_allclose(result, mean, atol=1e-4)
    np.testing.assert_array_equal(result, restore(image, ensemble=True, tile=tile, **options))
    assert (uncertainty.dtype, uncertainty.shape) == (np.float32, shape[:2])
    np.testing.assert_allclose(uncertainty, deviation.mean(-1) if len(shape) == 3 else deviation, atol=1e-4)
    assert uncertainty.max() > 1


def test_an_ensemble_of_an_upscaler(tiny_upscaler, rng):
    image = rng.random((20, 33, 3), dtype=np.float32)
    options = {"model": tiny_upscaler, "precision": "fp32"}
    mean, deviation = eight_by_hand(lambda seen: upscale(seen, **options), image)
    result, uncertainty = upscale(image, return_uncertainty=True, **options)
    np.testing.assert_allclose(result, mean, atol=1e-5)
    np.testing.assert_allclose(uncertainty, deviation.mean(-1), atol=1e-5)
    assert uncertainty.shape == (40, 66)


def test_a_net_to_which_all_views_are_alike_is_certain(make_model, rng):
    image = rng.random((30, 41, 3))
    model = make_model("nearest", "upscale")
    result, uncertainty = upscale(image, model=model, return_uncertainty=True)
    np.testing.assert_array_equal(result, upscale(image, model=model))
    assert (uncertainty == 0).all()


def test_a_padded_plane_and_cross_faded_tiles_have_an_uncertainty_too(make_model, rng):
    image = rng.random((150, 141), dtype=np.float32)
    model = make_model("blur", "restore", multiple=8, halo=1000)
    result, uncertainty = restore(image, model=model, return_uncertainty=True, tile=64)
    np.testing.assert_allclose(result, restore(image, model=model), atol=0.05)
    assert uncertainty[:100, :100].max() < 1e-6
    assert uncertainty.shape == image.shape


@pytest.mark.parametrize("tile", [None, 16])
def test_damage_is_found_by_the_mean_of_eight_shifted_views_as_letters_are_upright(make_model, rng, tile):
    image = rng.integers(0, 256, (40, 52), dtype=np.uint8)
    probabilities, answers = [], []
    for number in range(8):
        down, right = 5 * number % 4, 3 * number % 4
        padded = np.pad(image / np.float32(255), ((down, 4 - down), (right, 4 - right)), mode="edge")
        means = padded.reshape(11, 4, 14, 4).mean((1, 3)).repeat(4, 0).repeat(4, 1)[down:, right:][:40, :52]
        probabilities.append(1 / (1 + np.exp(-100 * (means - 0.5))))
        answers.append(means)
    model = make_model("cells", mask_threshold=0.4)
    result, mask = remove_watermark(image, model=model, return_mask=True, dilate=0, ensemble=True, tile=tile)
    sure = np.abs(np.mean(probabilities, 0) - 0.4) > 1e-3
    np.testing.assert_array_equal(mask[sure], np.mean(probabilities, 0)[sure] > 0.4)
    np.testing.assert_allclose(result[mask], 255 * np.mean(answers, 0)[mask], atol=0.51)
    np.testing.assert_array_equal(result[~mask], image[~mask])
    assert 0.1 < mask.mean() < 0.9


@pytest.mark.parametrize("tile", [None, 16])
def test_damage_is_found_by_the_mean_of_several_scales(make_model, rng, tile):
    image = rng.integers(0, 256, (40, 52), dtype=np.uint8)
    small = torch.from_numpy(image / np.float32(255))[None, None]
    large = F.interpolate(small, scale_factor=2, mode="bicubic").clamp(0, 1)
    means = sum(torch.sigmoid(100 * (seen - 0.9)) for seen in (small, F.avg_pool2d(large, 2)))[0, 0] / 2
    blurs = (blurred(small, 5) + F.avg_pool2d(blurred(large, 5), 2))[0, 0] / 2
    model = make_model("blur", radius=5, mask_threshold=0.4, mask_scales=(1, 2))
    result, mask = remove_watermark(image, model=model, return_mask=True, dilate=0, tile=tile)
    sure = (means - 0.4).abs().numpy() > 1e-3
    np.testing.assert_array_equal(mask[sure], means.numpy()[sure] > 0.4)
    np.testing.assert_allclose(result[mask], 255 * blurs.numpy()[mask], atol=0.51)
    np.testing.assert_array_equal(result[~mask], image[~mask])
    assert 0.01 < mask.mean() < 0.3


def test_progress_moves_with_every_view(shift):
    steps = []
    restore(np.zeros((2, 40, 40), np.uint8), model=shift, tile=16, ensemble=True, progress=steps.append)
    assert [step.done for step in steps] == sorted(step.done for step in steps)
    assert steps[-1].done == steps[-1].total == 2 * 9 * 8
    assert steps[-1].note == "plane 2 of 2, tile 9 of 9"


@pytest.mark.parametrize("shape", [(150, 130), (2, 60, 50, 4)])
def test_a_dask_array_has_a_lazy_uncertainty(shift, rng, shape):
    image = rng.integers(0, 256, shape, dtype=np.uint8)
    lazy = restore(da.from_array(image, chunks=40), model=shift, return_uncertainty=True)
    assert all(isinstance(part, da.Array) for part in lazy)
    for ours, whole in zip(dask.compute(*lazy), restore(image, model=shift, return_uncertainty=True), strict=True):
        assert ours.shape == whole.shape
        np.testing.assert_allclose(ours, whole, atol=1e-4)
