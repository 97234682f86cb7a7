"""`crappify`: one image of any kind, reproducibly."""

import json

import numpy as np
import pytest
from PIL import ImageFont

from napari_decrappify.degrade import (
    PRESETS,
    Crappifier,
    DrawNumber,
    Jpeg,
    Reduce,
    Sometimes,
    crappify,
    replay_steps,
)
from napari_decrappify.errors import FileReadError, InvalidImageError, InvalidParameterError

DTYPES = ["uint8", "uint16", "int16", ">u2", "float32", "float64"]
LIMITED = {"uint8": 255, "uint16": 4000, ">u2": 4000, "int16": 900, "float32": 1.0, "float64": 250.0}


def image_of(dtype, shape=(37, 50, 3), seed=0):
    smooth = np.add.outer(np.arange(shape[-3] if len(shape) > 2 else shape[0]), np.zeros(1))
    values = np.random.default_rng(seed).random(shape) * 0.5 + 0.5 * (smooth[0, 0] + 1)
    low = -200 if dtype == "int16" else 0
    return (low + values / values.max() * (LIMITED[dtype] - low)).astype(dtype)


@pytest.fixture
def font(tmp_path):
    path = tmp_path / "some font.ttf"
    path.write_bytes(ImageFont.load_default(12).font_bytes)
    return path


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("preset", PRESETS)
def test_steps_replay_bit_by_bit_and_dtype_and_axes_are_kept(preset, dtype):
    for shape in ((37, 50, 3), (37, 50), (2, 24, 30)):
        image = image_of(dtype, shape)
        result = crappify(image, preset, seed=11, rgb=shape[-1] == 3)
        assert result.image.dtype == image.dtype
        assert result.image.ndim == image.ndim
        again = replay_steps(image, json.loads(json.dumps(result.steps)), rgb=shape[-1] == 3)
        np.testing.assert_array_equal(again.image, result.image)
        np.testing.assert_array_equal(again.mask, result.mask)


@pytest.mark.parametrize("preset", PRESETS)
def test_the_same_seed_gives_the_same_result_and_another_seed_another(preset):
    image = image_of("uint8", (60, 70, 3))
    first, second = crappify(image, preset, seed=1), crappify(image, preset, seed=1)
    np.testing.assert_array_equal(first.image, second.image)
    assert first.steps == second.steps
    if preset not in ("clean", "grey", "lesson7-small", "infill-centre", "bicubic-x2", "bicubic-x3", "bicubic-x4"):
        assert any(crappify(image, preset, seed=s).steps != first.steps for s in (2, 3, 4))


def test_a_seed_that_was_drawn_is_recorded():
    image = image_of("uint8")
    result = crappify(image, "old-photo")
    np.testing.assert_array_equal(crappify(image, "old-photo", seed=result.seed).image, result.image)
    assert crappify(image, "old-photo").seed != result.seed


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("preset", ["stock-watermark", "infill-freeform", "clean"])
def test_unmasked_pixels_are_bit_identical(preset, dtype):
    image = image_of(dtype, (60, 80, 3))
    result = crappify(image, preset, seed=2)
    np.testing.assert_array_equal(result.image[~result.mask], image[~result.mask])
    assert preset == "clean" or result.mask.any()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("preset", PRESETS)
def test_alpha_is_carried_through(preset, dtype):
    colour = image_of(dtype, (32, 40, 3))
    alpha = image_of(dtype, (32, 40), seed=5)
    result = crappify(np.dstack([colour, alpha]).astype(dtype), preset, seed=4).image
    np.testing.assert_array_equal(result[..., :3], crappify(colour, preset, seed=4).image)
    if result.shape[:2] == (32, 40):
        np.testing.assert_array_equal(result[..., 3], alpha)
    else:
        assert result[..., 3].mean() == pytest.approx(alpha.mean(), rel=0.05, abs=0.02 * LIMITED[dtype])


def test_16_bit_keeps_its_levels():
    image = np.arange(10_000, dtype=np.uint16).reshape(100, 100) * 5
    faded = Crappifier((PRESETS["old-photo"].operations[3],))
    assert np.unique(crappify(image, faded, seed=0).image).size > 5000
    assert np.unique(crappify(image, Crappifier((Jpeg((90, 90)),)), seed=0).image).size <= 256


def test_intensity_ranges_are_respected():
    image = image_of("int16")
    hole = crappify(image, "infill-centre", seed=0, normalize="percentile")
    assert hole.image[hole.mask].max() == pytest.approx(np.percentile(image, 0.1), abs=1)
    text = crappify(image_of("uint16"), Crappifier((DrawNumber(size=(30, 30), area=0),)), seed=0)
    assert text.image.max() == pytest.approx(4000, rel=0.01)


def test_a_stack_gets_one_draw_a_plane_or_one_for_all():
    stack = np.repeat(image_of("uint8", (1, 1, 60, 80)), 3, axis=0).reshape(3, 1, 60, 80)
    each = crappify(stack, "watermark-strings", seed=1)
    assert each.image.shape == each.mask.shape == stack.shape
    assert len(each.steps) == 3
    assert each.steps[0] != each.steps[1] != each.steps[2]
    once = crappify(stack, "watermark-strings", seed=1, per_plane=False)
    assert once.steps[0] == once.steps[1] == once.steps[2]
    np.testing.assert_array_equal(once.image[0], once.image[2])
    np.testing.assert_array_equal(once.image[0], each.image[0])


def test_planes_of_a_stack_share_their_range_and_channels_do_not():
    stack = np.stack([image_of("uint16", (20, 30)), image_of("uint16", (20, 30)) // 10])
    together, apart = (crappify(stack, "em-x4", seed=0, **how).steps for how in ({}, {"channel_axis": 0}))
    assert together[0][0] == together[1][0]
    assert apart[0][0] != apart[1][0]
    by_plane = crappify(stack, "em-x4", seed=0, normalize="percentile-per-plane").steps
    assert [s[0] for s in by_plane] == [s[0] for s in apart]


def test_an_rgb_stack_and_a_smaller_result():
    stack = image_of("uint8", (2, 2, 21, 33, 3))
    result = crappify(stack, "bicubic-x2", seed=0)
    assert result.image.shape == (2, 2, 10, 16, 3)
    assert result.mask.shape == (2, 2, 10, 16)


def test_planes_of_different_size_are_refused_in_words():
    with pytest.raises(InvalidParameterError, match="one size"):
        crappify(image_of("uint8", (8, 20, 20)), Crappifier((Sometimes(Reduce(2)),)), seed=1)


def test_progress_is_told_for_each_plane():
    told = []
    crappify(image_of("uint8", (4, 20, 20)), "grey", progress=told.append)
    assert [(p.done, p.total) for p in told] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    job = crappify.job(image_of("uint8", (4, 20, 20)), "grey")
    assert next(job).done == 1
    job.close()


def test_nonfinite_values_are_refused_or_filled():
    image = image_of("float32")
    image[1, 2, 0] = np.nan
    with pytest.raises(InvalidImageError, match=r"1 NaN .* \(1, 2, 0\)"):
        crappify(image, "grey")
    filled = crappify(image, "old-photo", seed=0, nonfinite="fill")
    assert np.isfinite(filled.image).all()
    np.testing.assert_array_equal(replay_steps(image, filled.steps, nonfinite="fill").image, filled.image)


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((5, 5), complex), np.zeros((5, 5), bool), np.zeros((5, 5), object), np.array(["a"]), np.zeros(5),
        np.zeros((0, 5)), np.zeros((5, 5, 1)), np.zeros((5, 5, 5)), [[1, 2], [3]], None, 3.0,
    ],
)  # fmt: skip
def test_what_is_no_image_is_refused(image):
    with pytest.raises(InvalidImageError, match=r"^Expected .*, got "):
        crappify(image, "clean", seed=0)


@pytest.mark.parametrize(
    "wrong",
    [{"preset": "lesson8"}, {"preset": 7}, {"seed": -1}, {"seed": 1.5}, {"normalize": "max"}, {"nonfinite": "no"},
     {"channel_axis": 1}],
)  # fmt: skip
def test_wrong_parameters_are_refused_with_what_came(wrong):
    with pytest.raises(InvalidParameterError, match=r"^Expected .*, got "):
        crappify(image_of("uint8"), **wrong)


@pytest.mark.parametrize("plane", [np.zeros((2, 5, 5, 3), np.uint8), np.zeros((4, 4), bool), np.full((4, 4), np.nan)])
def test_a_crappifier_refuses_what_is_no_plane(plane):
    with pytest.raises(InvalidImageError):
        PRESETS["grey"].apply(plane, np.random.default_rng(0))


@pytest.mark.parametrize(
    "steps",
    [
        [{"operation": "Explode", "values": {}}],
        [{"operation": "Jpeg"}],
        [{"operation": "Jpeg", "values": {}}],
        ["Jpeg"],
        [[]],
        None,
        [[], []],
    ],
)
def test_steps_that_are_no_steps_are_refused(steps):
    with pytest.raises(InvalidParameterError):
        replay_steps(image_of("uint8"), steps)


def test_steps_of_another_type_or_number_of_planes_are_refused():
    steps = crappify(image_of("uint8"), "grey", seed=0).steps
    with pytest.raises(InvalidParameterError, match="drawn on uint16"):
        replay_steps(image_of("uint16"), steps)
    with pytest.raises(InvalidParameterError, match="each of 4 planes"):
        replay_steps(image_of("uint8", (4, 9, 9)), [steps])


def test_fonts_are_used_recorded_and_missed_when_gone(font):
    image = image_of("uint8", (60, 80, 3))
    result = crappify(image, "watermark-strings", seed=1, fonts=[font])
    assert {item["font"] for item in result.steps[0]["values"]["items"]} == {str(font)}
    np.testing.assert_array_equal(replay_steps(image, result.steps).image, result.image)
    gone = json.loads(json.dumps(result.steps).replace("some font", "lost font"))
    with pytest.raises(FileReadError, match=r"font file at .*lost font"):
        replay_steps(image, gone)


def test_fonts_reach_every_nested_operation_and_bad_ones_are_refused(font, tmp_path):
    crappifier = PRESETS["watermark-training"].with_fonts([font])
    rng = np.random.default_rng(0)
    records = json.dumps([crappifier.steps(rng, (128, 128, 3)) for _ in range(60)])
    assert '"font": null' not in records
    assert str(font) in records
    with pytest.raises(FileReadError):
        PRESETS["lesson7"].with_fonts([tmp_path / "none.ttf"])
    broken = tmp_path / "broken.ttf"
    broken.write_bytes(b"no font")
    with pytest.raises(FileReadError):
        crappify(image_of("uint8"), "lesson7", fonts=[broken])
