"""How much of each pixel was drawn on: what blending needs to be undone."""

import dask.array as da
import numpy as np
import pytest

from napari_decrappify import crappify
from napari_decrappify.degrade import (
    PRESETS,
    CentralHole,
    Crappifier,
    DrawLogo,
    DrawMark,
    DrawNumber,
    DrawStrings,
    Folds,
    Jpeg,
    Reduce,
    SceneLines,
    SceneSign,
    SceneTwigs,
    TiledWatermark,
    replay_steps,
)
from napari_decrappify.degrade.operations.ink import Inked, united

GREY = np.full((120, 160, 3), 90, np.uint8)


def made(part, image=GREY, seed=0):
    return Crappifier((part,)).apply(image, np.random.default_rng(seed))


@pytest.mark.parametrize("opacity", [0.3, 0.6, 1.0])
@pytest.mark.parametrize(
    "part",
    [
        lambda o: DrawMark(size=(30, 60), opacity=(o, o), symbol=0.5, plain=1, gradient=0, outlined=0, shadow=0),
        lambda o: TiledWatermark(opacity=(o, o), outlined=0, logo=0),
        lambda o: DrawLogo((1, 1), opacity=(o, o)),
    ],
    ids=["mark", "tiled", "logo"],
)
def test_a_mark_is_the_clean_picture_and_its_colour_mixed_by_opacity_and_coverage(part, opacity):
    worse = made(part(opacity))
    step = worse.steps[0]["values"]
    color = step["colours"][0] if "colours" in step else step.get("colour") or step["logos"][0]["colour"]
    m = opacity * worse.coverage[..., None] / 255
    np.testing.assert_allclose(worse.image, (1 - m) * GREY + m * np.array(color), atol=3.5)
    assert ((worse.coverage > 0) & (worse.coverage < 255)).any()
    assert worse.coverage.max() == 255


def test_faint_ink_covers_as_much_as_strong_ink():
    faint, strong = (made(DrawNumber(size=(60, 60), area=0.1)).steps for _ in range(2))
    faint[0]["values"]["items"][0]["opacity"] = 0.3
    covered = [replay_steps(GREY, steps).coverage for steps in (faint, strong)]
    seen = covered[0] > 0
    np.testing.assert_array_equal(covered[0][seen], covered[1][seen])


def test_what_is_covered_twice_is_covered_by_both():
    levels = np.arange(256, dtype=np.uint8)
    np.testing.assert_array_equal(united(levels, np.zeros_like(levels)), levels)
    assert (united(levels, np.full_like(levels, 255)) == 255).all()
    assert united(np.uint8([128]), np.uint8([128])) == 192


def test_ink_remembers_its_coverage_whatever_its_opacity():
    inked = Inked(GREY)
    inked.stamp(np.full((10, 10), 200, np.uint8), 5, 5, (0, 0, 0), 0.5)
    assert (inked.coverage[5:15, 5:15] == 200).all()
    assert inked.coverage.astype(bool).sum() == inked.mask.sum() == 100


@pytest.mark.parametrize("preset", sorted(set(PRESETS) - {"em-x4", "bicubic-x3"}))
def test_the_mask_is_where_the_coverage_is_above_zero_where_nothing_is_resized(preset):
    image = np.random.default_rng(1).integers(0, 256, (96, 128, 3), np.uint8)
    worse = crappify(image, preset, seed=5)
    assert worse.coverage.dtype == np.uint8
    assert worse.coverage.shape == worse.mask.shape
    if not any(step["operation"] in ("Downscale", "Resize", "PixelBinning", "Reduce") for step in worse.steps):
        np.testing.assert_array_equal(worse.mask, worse.coverage > 0)


def test_holes_and_folds_cover_wholly():
    for part in (CentralHole(), Folds()):
        worse = made(part)
        assert worse.coverage[worse.mask].max() == 255
    assert set(np.unique(made(CentralHole()).coverage)) == {0, 255}


def test_jpeg_keeps_coverage_and_reduction_averages_it():
    strings = DrawStrings(count=(4, 4))
    plain = made(strings)
    jpeg = Crappifier((strings, Jpeg((80, 80)))).apply(GREY, np.random.default_rng(0))
    small = Crappifier((strings, Reduce(4, "box"))).apply(GREY, np.random.default_rng(0))
    np.testing.assert_array_equal(jpeg.coverage, plain.coverage)
    means = plain.coverage.reshape(30, 4, 40, 4).mean((1, 3))
    np.testing.assert_allclose(small.coverage, means, atol=1)


@pytest.mark.parametrize("part", [SceneSign(), SceneLines(), SceneTwigs()], ids=["sign", "lines", "twigs"])
def test_scenery_changes_the_picture_and_marks_nothing(part):
    worse = [made(part, seed=seed) for seed in range(6)]
    assert sum(bool((one.image != GREY).any()) for one in worse) >= 4
    assert not any(one.mask.any() or one.coverage.any() for one in worse)


def test_stacks_lazy_or_not_have_a_coverage_of_the_masks_shape():
    stack = np.random.default_rng(0).integers(0, 256, (3, 48, 64), np.uint8)
    whole, lazy = (
        crappify(stack, "watermark-strings", seed=2),
        crappify(da.from_array(stack), "watermark-strings", seed=2),
    )
    assert whole.coverage.shape == (3, 48, 64)
    np.testing.assert_array_equal(lazy.coverage.compute(), whole.coverage)
    np.testing.assert_array_equal(lazy.mask.compute(), whole.mask)
    colors = crappify(da.from_array(GREY), "watermark-strings", seed=2)
    np.testing.assert_array_equal(colors.coverage.compute(), crappify(GREY, "watermark-strings", seed=2).coverage)
