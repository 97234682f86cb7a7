"""Each preset does what its published system did."""

import io
import string

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from napari_decrappify.degrade import PRESETS, crappify
from napari_decrappify.degrade.replay import replay_plane

NAMES = {
    "blind-pixels",
    "blind-rows",
    "blind-columns",
    "lesson7",
    "lesson7-small",
    "watermark-strings",
    "pets-numbers",
    "restore-training",
    "noisy",
    "few-photons",
    "denoise-training",
    "stock-watermark",
    "watermark-training",
    "scenery",
    "infill-centre",
    "infill-freeform",
    "infill-training",
    "old-photo",
    "aged-scene",
    "photo-damage-training",
    "grey",
    "em-x4",
    "fluorescence-x4",
    "fluorescence-training",
    "bicubic-x2",
    "bicubic-x3",
    "bicubic-x4",
    "clean",
}


def picture(y=150, x=200, seed=0):
    rng = np.random.default_rng(seed)
    return np.asarray(Image.fromarray(rng.integers(0, 256, (6, 8, 3), np.uint8)).resize((x, y)))


def draws(name, count=200, shape=(150, 200, 3)):
    rng = np.random.default_rng(0)
    return [PRESETS[name].steps(rng, shape) for _ in range(count)]


def operations(steps):
    return [step["operation"] for step in steps]


def test_the_presets_are_those_of_the_plan():
    assert set(PRESETS) == NAMES


def test_lesson7_goes_to_a_short_side_of_96_is_numbered_and_saved_and_comes_back():
    steps = draws("lesson7", 1, (300, 451, 3))[0]
    assert operations(steps) == ["Downscale", "StampedJpeg", "Resize"]
    assert steps[0]["values"] == {"size": [96, 144], "filter": "bilinear"}
    assert steps[2]["values"] == {"size": [300, 451], "filter": "bilinear"}


def test_lesson7_writes_its_jpeg_quality_of_10_to_70_in_white_in_the_top_left_quarter():
    stamps = [steps[1]["values"] for steps in draws("lesson7", 500)]
    qualities = {stamp["quality"] for stamp in stamps}
    assert (min(qualities), max(qualities)) == (10, 70)
    for stamp in stamps:
        (item,) = stamp["items"]
        assert item["text"] == str(stamp["quality"])
        assert item["colour"] == [255, 255, 255]
        assert 0 <= item["x"] <= 64
        assert 0 <= item["y"] <= 48
    assert max(stamp["items"][0]["x"] for stamp in stamps) == 64


def test_lesson7_is_what_pillow_makes_of_the_published_recipe():
    image = picture(192, 240)
    result = crappify(image, "lesson7", seed=5)
    stamp = result.steps[1]["values"]
    small = Image.fromarray(image).resize((120, 96), Image.Resampling.BILINEAR)
    item = stamp["items"][0]
    ImageDraw.Draw(small).text((item["x"], item["y"]), item["text"], fill=(255, 255, 255), font_size=10)
    file = io.BytesIO()
    small.save(file, "JPEG", quality=stamp["quality"])
    expected = np.asarray(Image.open(file).resize((240, 192), Image.Resampling.BILINEAR))
    assert np.abs(result.image.astype(int) - expected).mean() < 0.1


def test_lesson7_small_is_jpeg_60_without_text():
    steps = draws("lesson7-small", 1)[0]
    assert operations(steps) == ["Downscale", "Jpeg", "Resize"]
    assert steps[1]["values"] == {"quality": 60}


def test_watermark_strings_are_5_to_50_of_20_letters_and_digits_at_sizes_20_to_39():
    all_items = [steps[0]["values"]["items"] for steps in draws("watermark-strings", 400)]
    counts = {len(items) for items in all_items}
    assert (min(counts), max(counts)) == (5, 50)
    items = [item for items in all_items for item in items]
    assert {len(item["text"]) for item in items} == {20}
    assert set("".join(item["text"] for item in items)) == set(string.ascii_letters + string.digits)
    assert {item["size"] for item in items} == set(range(20, 40))
    assert {item["x"] for item in items} == set(range(200))
    assert {item["y"] for item in items} == set(range(150))
    assert {item["opacity"] for item in items} == {1.0}
    assert len({tuple(item["colour"]) for item in items}) > 1000


def test_watermark_strings_are_what_pillow_draws_and_saves_as_jpeg():
    image = picture()
    result = crappify(image, "watermark-strings", seed=1)
    expected = Image.fromarray(image)
    for item in result.steps[0]["values"]["items"]:
        font = ImageFont.load_default(item["size"])
        ImageDraw.Draw(expected).text((item["x"], item["y"]), item["text"], fill=tuple(item["colour"]), font=font)
    file = io.BytesIO()
    expected.save(file, "JPEG")
    difference = np.abs(result.image.astype(int) - np.asarray(Image.open(file)))
    assert (difference <= 12).mean() > 0.995
    assert difference.mean() < 0.5


def test_stock_watermark_has_opacity_of_3_to_7_tenths_and_is_near_white_or_near_black():
    marks = [steps[0]["values"] for steps in draws("stock-watermark")]
    assert all(0.3 <= mark["opacity"] <= 0.7 for mark in marks)
    assert all(max(mark["colour"]) < 70 or min(mark["colour"]) > 190 for mark in marks)
    assert {"logo" in mark for mark in marks} == {True, False}
    assert len({mark["text"] for mark in marks}) == len(marks)
    assert len({mark["angle"] for mark in marks}) > 100


def test_stock_watermark_repeats_over_the_whole_picture():
    masks = [crappify(picture(300, 400), "stock-watermark", seed=seed).mask for seed in range(8)]
    for quarter in (np.s_[:150, :200], np.s_[:150, 200:], np.s_[150:, :200], np.s_[150:, 200:]):
        assert sum(mask[quarter].any() for mask in masks) >= 7


def test_infill_centre_empties_8x8_of_a_16x16_patch():
    patch = np.full((16, 16, 3), 200, np.uint8)
    result = crappify(patch, "infill-centre", seed=0)
    expected = np.zeros((16, 16), bool)
    expected[4:12, 4:12] = True
    np.testing.assert_array_equal(result.mask, expected)
    assert not result.image[expected].any()
    assert (result.image[~expected] == 200).all()


def test_infill_freeform_empties_some_of_the_picture_and_nothing_else_changes():
    image = np.full((120, 160, 3), 90, np.uint8)
    shares = []
    for seed in range(20):
        result = crappify(image, "infill-freeform", seed=seed)
        np.testing.assert_array_equal((result.image == 0).all(-1), result.mask)
        shares.append(result.mask.mean())
    assert 0.08 < np.mean(shares) < 0.4


def test_grey_has_pillows_luma_in_three_equal_channels():
    image = picture()
    result = crappify(image, "grey", seed=0).image
    luma = np.asarray(Image.fromarray(image).convert("L")).astype(int)
    assert result.shape == image.shape
    assert np.abs(result - luma[..., None]).max() <= 1
    assert np.ptp(result, axis=-1).max() == 0


@pytest.mark.parametrize(("name", "factor"), [("bicubic-x2", 2), ("bicubic-x3", 3), ("bicubic-x4", 4)])
def test_bicubic_is_pillows_after_cropping_to_a_multiple(name, factor):
    image = picture(50, 71)
    y, x = 50 // factor, 71 // factor
    cropped = Image.fromarray(image[: y * factor, : x * factor])
    expected = np.asarray(cropped.resize((x, y), Image.Resampling.BICUBIC))
    np.testing.assert_array_equal(crappify(image, name, seed=0).image, expected)


@pytest.mark.parametrize("name", ["em-x4", "fluorescence-x4"])
def test_microscopy_is_four_times_smaller_with_noise_on_the_small_pixels(name):
    image = np.full((64, 80), 0.4, np.float32)
    result = crappify(image, name, seed=0)
    assert result.image.shape == result.mask.shape == (16, 20)
    assert not result.mask.any()
    assert operations(result.steps)[1] == "PixelBinning"
    assert result.image.std() > 0.05


def test_binning_averages_blocks():
    image = np.arange(64, dtype=np.float32).reshape(8, 8) / 64
    steps = crappify(image, "em-x4", seed=0).steps[:2]
    expected = image.reshape(2, 4, 2, 4).mean((1, 3))
    np.testing.assert_allclose(replay_plane(image, steps)[0], expected, atol=1e-6)


def test_old_photo_is_tinted_scratched_and_dusty():
    steps = [set(operations(s)) for s in draws("old-photo", 60)]
    assert all({"Discolour", "Fade", "Scratches", "Dust"} <= s for s in steps)
    assert {"Folds" in s for s in steps} == {"Greyscale" in s for s in steps} == {True, False}


def test_an_aged_scene_marks_nothing_and_its_damage_is_none_in_a_quarter():
    scene, damage = PRESETS["aged-scene"], PRESETS["photo-damage-training"]
    marked = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        aged = scene.apply(picture(60, 60), rng)
        assert not aged.mask.any()
        marked.append(damage.apply(aged.image, rng).mask.any())
    assert 0.55 < np.mean(marked) < 0.9


def test_clean_changes_nothing():
    result = crappify(picture(), "clean", seed=0)
    np.testing.assert_array_equal(result.image, picture())
    assert not result.mask.any()
    assert result.steps == []


def test_the_training_mixture_is_a_fifth_strings_a_fifth_tiled_a_third_marks_and_a_seventh_clean_with_jpeg_after_half():
    steps = draws("watermark-training", 1000, (128, 128, 3))
    kinds = [operations(s)[0] if s and operations(s)[0] != "Jpeg" else "clean" for s in steps]
    assert kinds.count("TiledWatermark") / 1000 == pytest.approx(0.2, abs=0.04)
    assert kinds.count("DrawMark") / 1000 == pytest.approx(0.34, abs=0.04)
    strings = [s[0]["values"]["items"] for s in steps if s and s[0]["operation"] == "DrawStrings"]
    plain = [items for items in strings if all(i["angle"] == 0 and i["opacity"] == 1 for i in items)]
    assert len(plain) / 1000 == pytest.approx(0.18, abs=0.04)
    assert kinds.count("clean") / 1000 == pytest.approx(0.15, abs=0.03)
    assert sum(operations(s)[-1:] == ["Jpeg"] for s in steps) / 1000 == pytest.approx(0.5, abs=0.04)


def test_training_text_comes_in_over_every_border_of_a_patch():
    black = np.zeros((64, 64, 3), np.uint8)
    masks = [PRESETS["watermark-training"].apply(black, np.random.default_rng(seed)).mask for seed in range(60)]
    for border in (np.s_[0], np.s_[-1], np.s_[:, 0], np.s_[:, -1]):
        assert sum(mask[border].any() for mask in masks) > 10


def test_restore_training_loses_between_an_eighth_and_two_thirds_of_a_patch_and_is_the_lesson_otherwise():
    sides = set()
    for steps in draws("restore-training", 200, (128, 128, 3)):
        assert operations(steps) == ["Downscale", "StampedJpeg", "Resize"]
        sides.add(steps[0]["values"]["size"][0])
    assert sides == {44, 48, 56, 64, 80, 96, 112}


def test_noisy_is_mostly_normal_noise_of_5_to_50_levels_sometimes_counted_photons_sometimes_clean():
    drawn = draws("noisy", 2000)
    first = [operations(steps)[0] if steps else "clean" for steps in drawn]
    assert first.count("GaussianNoise") / 2000 == pytest.approx(0.6, abs=0.05)
    assert first.count("PoissonNoise") / 2000 == pytest.approx(0.3, abs=0.05)
    sigmas = [steps[0]["values"]["sigma"] for steps, name in zip(drawn, first, strict=True) if name == "GaussianNoise"]
    assert min(sigmas) >= 5
    assert max(sigmas) <= 50
    assert sum("Jpeg" in operations(steps) for steps in drawn) / 2000 == pytest.approx(0.25, abs=0.05)


def test_denoise_training_has_the_few_photons_of_microscopes_often_enough_to_learn_them():
    drawn = draws("denoise-training", 2000)
    photons = [step["values"]["photons"] for steps in drawn for step in steps if step["operation"] == "PoissonNoise"]
    assert sum(count < 50 for count in photons) / 2000 > 0.07
    assert min(photons) >= 10
    first = [operations(steps)[0] if steps else "clean" for steps in drawn]
    assert first.count("GaussianNoise") / 2000 == pytest.approx(0.48, abs=0.05)


def test_infill_training_covers_from_a_little_to_half_of_a_patch_and_changes_nothing_else():
    image = picture(192, 192)
    covered = []
    for seed in range(100):
        result = crappify(image, "infill-training", seed=seed)
        covered.append(result.mask.mean())
        assert not result.image[result.mask].any()
        assert np.array_equal(result.image[~result.mask], image[~result.mask])
    assert 0 < min(covered) < 0.1
    assert 0.2 < np.mean(covered) < 0.35
    assert max(covered) < 0.75
