"""What holds for every operation, and what single ones promise."""

import json

import numpy as np
import pytest

from napari_decrappify.degrade import (
    PRESETS,
    BlindPixels,
    Blur,
    CentralHole,
    Crappifier,
    Discolour,
    Downscale,
    DrawLogo,
    DrawMark,
    DrawNumber,
    DrawStrings,
    Dust,
    Fade,
    Folds,
    FreeFormStrokes,
    GaussianNoise,
    Greyscale,
    Hairs,
    InTurn,
    Jpeg,
    LocalVarianceNoise,
    LowResolution,
    OneOf,
    PixelBinning,
    PoissonNoise,
    RandomBoxes,
    Reduce,
    SaltAndPepper,
    SceneLines,
    SceneSign,
    SceneTwigs,
    Scratches,
    Sometimes,
    Stains,
    StampedJpeg,
    StampPicture,
    TiledWatermark,
    TornBorder,
)
from napari_decrappify.degrade.operation import OPERATIONS
from napari_decrappify.errors import InvalidParameterError

VARIED_TEXT = DrawStrings((3, 9), None, (1, 9), (8, 30), (0.2, 1.0), (-60, 60), 0.5, 0.5, 0.5)
EVERY = [
    Blur(), CentralHole(), Discolour(), Downscale(7), DrawLogo((1, 3)), DrawNumber(), DrawStrings(), VARIED_TEXT,
    Dust((2000, 9000)), Fade(), Folds(), FreeFormStrokes(), GaussianNoise(), Greyscale(), Jpeg(), LocalVarianceNoise(),
    LowResolution(), PixelBinning(), PoissonNoise(), RandomBoxes(), Reduce(), SaltAndPepper(), Scratches(),
    StampedJpeg(), StampPicture.of(np.full((9, 7), 200, np.uint8), count=(1, 3)), TiledWatermark(),
    TiledWatermark(hollow=1.0, logo=1.0), DrawMark(), SceneLines(), SceneSign(),
    SceneTwigs(), Hairs(), Stains(), TornBorder(), BlindPixels(), BlindPixels(8, "rows"),
]  # fmt: skip
INKS = [DrawLogo((1, 3)), DrawNumber(), DrawStrings(), VARIED_TEXT, Dust((2000, 9000)), Scratches(), TiledWatermark(),
        TiledWatermark(outlined=1.0, logo=1.0), DrawMark(), DrawMark(shadow=1.0, gradient=1.0, both=1.0),
        CentralHole(), RandomBoxes(), FreeFormStrokes(), Hairs(), Stains(), TornBorder()]  # fmt: skip
SHAPES = [(1, 1), (1, 9), (9, 1), (13, 7), (40, 33), (1, 1, 3), (2, 31, 3), (33, 40, 3)]


def name(value):
    return type(value).__name__ if not isinstance(value, tuple) else "x".join(map(str, value))


def plane_of(shape, kind, seed=0):
    values = np.random.default_rng(seed).integers(0, 256, shape, np.uint8)
    return values if kind == "uint8" else values.astype(np.float32) / 255


def test_every_operation_is_tried_here():
    assert {name(operation) for operation in EVERY} == set(OPERATIONS) - {"Resize"}


@pytest.mark.parametrize("kind", ["uint8", "float"])
@pytest.mark.parametrize("operation", EVERY, ids=name)
def test_any_size_works_and_the_input_is_left_alone(operation, kind):
    for shape in SHAPES:
        plane = plane_of(shape, kind)
        before = plane.copy()
        for seed in range(3):
            values = operation.draw(np.random.default_rng(seed), shape)
            after, written = operation.apply(plane, values)
            assert after.dtype == plane.dtype
            assert after.ndim == plane.ndim
            assert list(after.shape[:2]) == (values["size"] if operation.geometric else list(shape[:2]))
            assert written is None or (written.dtype in (bool, np.uint8) and written.shape == after.shape[:2])
            assert np.isfinite(after).all()
        np.testing.assert_array_equal(plane, before)


@pytest.mark.parametrize("operation", EVERY, ids=name)
def test_drawn_values_are_json_and_do_the_same_again(operation):
    plane = plane_of((40, 33, 3), "uint8")
    values = operation.draw(np.random.default_rng(3), plane.shape)
    again = json.loads(json.dumps(values))
    assert again == values
    np.testing.assert_array_equal(operation.apply(plane, values)[0], operation.apply(plane, again)[0])


@pytest.mark.parametrize("kind", ["uint8", "float"])
@pytest.mark.parametrize("operation", INKS, ids=name)
def test_the_mask_is_exactly_where_pixels_were_written(operation, kind):
    black, white = np.zeros((60, 80, 3), np.uint8), np.full((60, 80, 3), 255, np.uint8)
    if kind == "float":
        black, white = black.astype(np.float32), white.astype(np.float32) / 255
    for seed in range(4):
        values = operation.draw(np.random.default_rng(seed), black.shape)
        (on_black, written), (on_white, same) = operation.apply(black, values), operation.apply(white, values)
        changed = (on_black != black).any(-1) | (on_white != white).any(-1)
        np.testing.assert_array_equal(written > 0, changed)
        np.testing.assert_array_equal(written, same)


@pytest.mark.parametrize("operation", [DrawStrings(), TiledWatermark(), Jpeg(), Fade(), Blur()], ids=name)
def test_float_and_8_bit_agree(operation):
    plane = plane_of((50, 60, 3), "uint8")
    values = operation.draw(np.random.default_rng(1), plane.shape)
    in_bytes, in_float = operation.apply(plane, values)[0], operation.apply(plane.astype(np.float32) / 255, values)[0]
    assert np.abs(in_bytes - in_float * 255).max() <= 1.01 * (len(values.get("items", ())) + 1)


def test_a_grey_plane_takes_ink_in_its_luma():
    values = DrawNumber(size=(40, 40), area=0).draw(np.random.default_rng(0), (50, 50))
    values["items"][0]["colour"] = [255, 0, 0]
    assert DrawNumber.apply(np.zeros((50, 50), np.uint8), values)[0].max() == 76


def test_downscale_never_enlarges():
    assert Downscale(96).draw(np.random.default_rng(0), (50, 200))["size"] == [50, 200]


def test_a_longer_jpeg_side_than_the_format_allows_is_refused():
    with pytest.raises(ValueError, match="65500 pixels a side"):
        Jpeg.apply(np.zeros((1, 70_000), np.uint8), {"quality": 50})


def test_noise_has_the_strength_that_was_drawn():
    plane = np.full((200, 200), 0.5, np.float32)
    noisy = GaussianNoise.apply(plane, {"sigma": 25.5, "grey": False, "seed": 1})[0]
    assert noisy.std() == pytest.approx(0.1, rel=0.03)
    counted = PoissonNoise.apply(plane, {"photons": 200, "seed": 1})[0]
    assert counted.std() == pytest.approx((0.5 / 200) ** 0.5, rel=0.03)
    local = LocalVarianceNoise.apply(plane, {"variance": 0.05, "sigma": 3, "seed": 1})[0]
    assert local.std() == pytest.approx((0.05 * 0.5) ** 0.5, rel=0.03)
    dotted = SaltAndPepper.apply(plane, {"salt": 0.02, "pepper": 0.01, "seed": 1})[0]
    assert (dotted == 1).mean() == pytest.approx(0.02, rel=0.2)
    assert (dotted == 0).mean() == pytest.approx(0.01, rel=0.2)


def test_random_order_varies_and_fixed_order_does_not():
    parts = (Blur(), Jpeg(), Fade())
    rng = np.random.default_rng(0)
    drawn = {tuple(s["operation"] for s in Crappifier(parts, "random").steps(rng, (9, 9))) for _ in range(80)}
    assert len(drawn) == 6
    fixed = {tuple(s["operation"] for s in Crappifier(parts).steps(rng, (9, 9))) for _ in range(20)}
    assert fixed == {("Blur", "Jpeg", "Fade")}


def test_probabilities_and_choices_come_out_as_often_as_asked():
    rng = np.random.default_rng(0)
    chosen = Crappifier((OneOf((Blur(), Jpeg(), None), (0.5, 0.3, 0.2)),), probabilities=(0.5,))
    drawn = [s[0]["operation"] if s else "" for s in (chosen.steps(rng, (9, 9)) for _ in range(2000))]
    assert drawn.count("Blur") / 2000 == pytest.approx(0.25, abs=0.03)
    assert drawn.count("Jpeg") / 2000 == pytest.approx(0.15, abs=0.03)


def test_what_follows_a_resize_is_drawn_for_the_small_size_and_the_mask_follows_one():
    plane, number = plane_of((64, 64), "uint8"), DrawNumber(size=(30, 30), area=0)
    after = Crappifier((Reduce(4), InTurn((CentralHole(),)))).apply(plane, np.random.default_rng(0))
    assert after.mask.shape == (16, 16)
    assert after.mask.sum() == 64
    before = Crappifier((number, Reduce(4))).apply(plane, np.random.default_rng(0))
    assert before.mask.shape == (16, 16)
    assert 0 < before.mask.sum() < 256


@pytest.mark.parametrize(
    "bad",
    [
        lambda: Jpeg((70, 10)),
        lambda: Jpeg((0, 101)),
        lambda: Jpeg((1, 2, 3)),
        lambda: Jpeg(("a", "b")),
        lambda: Reduce(0),
        lambda: DrawStrings(opacity=(0.5, 1.5)),
        lambda: Blur((float("nan"), 1)),
        lambda: Sometimes(Jpeg(), 1.5),
        lambda: OneOf((Jpeg(), Blur()), (1.0,)),
        lambda: OneOf(()),
        lambda: Crappifier((Jpeg(),), order="reverse"),
        lambda: Crappifier((Jpeg(),), probabilities=(0.5, 0.5)),
        lambda: Crappifier((Jpeg(),), probabilities=(2.0,)),
        lambda: Crappifier((Jpeg(),), back="cubic"),
        lambda: Crappifier(("jpeg",)),
    ],
)
def test_what_cannot_be_is_refused_when_it_is_made(bad):
    with pytest.raises(InvalidParameterError, match=r"^Expected .*, got "):
        bad()


def test_a_training_patch_can_be_taken_from_any_preset_with_one_generator():
    rng = np.random.default_rng(0)
    for crappifier in PRESETS.values():
        made = crappifier.apply(plane_of((64, 64, 3), "uint8"), rng)
        assert made.image.dtype == np.uint8
        assert made.mask.shape == made.image.shape[:2]
