"""The command line: its commands do what their calls do, and errors are one line."""

from __future__ import annotations

import errno
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from napari_decrappify import (
    crappify,
    remove_watermark,
    replay,
    upscale,
)
from napari_decrappify.degrade.folder import seed_of
from napari_decrappify.files import read_image, write_image

RNG = np.random.default_rng(0)
PHOTO = np.kron(RNG.integers(0, 256, (9, 8, 3), dtype=np.uint8), np.ones((4, 4, 1), np.uint8))


@pytest.fixture
def photo(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_image(tmp_path / "photo.png", PHOTO)
    return tmp_path / "photo.png"


def assert_one_line(errors: list[str], *parts: str) -> None:
    assert len(errors) == 1, errors
    assert errors[0].startswith("napari-decrappify: error: ")
    for part in parts:
        assert part in errors[0]


def test_upscale_writes_what_the_call_returns(photo, run, tiny_upscaler):
    code, _, _ = run("upscale", photo, "-o", "big.png")
    assert code == 0
    np.testing.assert_array_equal(read_image("big.png").array, upscale(PHOTO, 2))


def test_options_reach_the_call(photo, run, tiny_upscaler):
    assert run("upscale", photo, "-o", "big.png", "--strength", 0.25, "--precision", "fp32")[0] == 0
    expected = upscale(PHOTO, 2, strength=0.25, precision="fp32")
    np.testing.assert_array_equal(read_image("big.png").array, expected)
    assert (expected != upscale(PHOTO, 2, precision="fp32")).any()


def test_remove_watermark_writes_result_and_mask(photo, run, tiny_watermark):
    assert run("remove-watermark", photo, "--save-mask")[0] == 0
    image, mask = remove_watermark(PHOTO, return_mask=True)
    np.testing.assert_array_equal(read_image("photo-repaired.png").array, image)
    np.testing.assert_array_equal(read_image("photo-repaired.mask.png").array > 0, mask)


def test_a_given_mask_is_used(photo, run, tiny_watermark):
    mask = np.zeros(PHOTO.shape[:2], np.uint8)
    mask[4:9, 5:20] = 255
    write_image("mask.png", mask)
    assert run("remove-watermark", photo, "--mask", "mask.png", "-o", "clean.png")[0] == 0
    clean = read_image("clean.png").array
    np.testing.assert_array_equal(clean[mask == 0], PHOTO[mask == 0])
    assert (clean[mask > 0] != PHOTO[mask > 0]).any()


def test_crappify_writes_image_mask_and_steps(photo, run):
    assert run("crappify", photo, "--preset", "watermark-strings", "--seed", 3, "--mask", "--steps")[0] == 0
    made = crappify(PHOTO, "watermark-strings", seed=3)
    np.testing.assert_array_equal(read_image("photo-crappified.png").array, made.image)
    np.testing.assert_array_equal(read_image("photo-crappified.mask.png").array > 0, made.mask)
    steps = json.loads(Path("photo-crappified.steps.json").read_text())
    assert steps == json.loads(json.dumps(made.steps))


@pytest.mark.parametrize("command", ["crappify", "upscale", "remove-watermark"])
@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_a_result_can_be_made_again_from_the_record_in_its_file(
    photo, run, tiny_upscaler, tiny_watermark, command, suffix
):
    assert run(command, photo, "-o", f"out.{suffix}")[0] == 0
    made = read_image(f"out.{suffix}")
    np.testing.assert_array_equal(replay(json.loads(made.metadata.text["decrappify"]), PHOTO), made.array)


def test_the_record_is_written_beside_on_request(photo, run, tiny_upscaler):
    assert run("upscale", photo, "-o", "big.jpg", "--record")[0] == 0
    record = json.loads(Path("big.record.json").read_text())
    assert record["operation"] == "upscale"
    assert record["model"]["name"] == tiny_upscaler


def test_a_stack_keeps_its_axes_and_its_sixteen_bits(tmp_path, run, tiny_upscaler):
    stack = RNG.integers(0, 65536, (2, 3, 12, 10), dtype=np.uint16)
    tifffile.imwrite(tmp_path / "s.tif", stack, imagej=True, resolution=(2, 2), metadata={"axes": "ZCYX", "unit": "um"})
    assert run("upscale", tmp_path / "s.tif", "-o", tmp_path / "big.tif")[0] == 0
    big = read_image(tmp_path / "big.tif")
    np.testing.assert_array_equal(big.array, upscale(stack, 2, rgb=False, channel_axis=1))
    assert (big.metadata.axes, big.array.dtype) == ("ZCYX", np.uint16)
    assert big.metadata.resolution.x == pytest.approx(4)


def test_models_are_listed_shown_and_verified(run, tiny_upscaler):
    code, listing, _ = run("models", "list")
    assert (code, tiny_upscaler in listing) == (0, True)
    code, card, _ = run("models", "show", tiny_upscaler)
    assert json.loads(card)["scale"] == 2
    assert run("models", "verify", tiny_upscaler)[0] == 0


def test_a_damaged_model_file_is_listed_with_its_problem_and_fails_to_verify(run, home, tiny_upscaler):
    path = home / "models" / f"{tiny_upscaler}.safetensors"
    path.write_bytes(path.read_bytes()[:-20])
    assert run("models", "verify", tiny_upscaler)[0] == 1
    path.write_bytes(b"not a model")
    code, listing, _ = run("models", "list")
    assert code == 1
    assert "Expected" in listing


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        ([], ["COMMAND"]),
        (["enhance"], ["enhance", "upscale"]),
        (["upscale"], ["INPUT", "upscale --help"]),
        (["upscale", "photo.png", "--strength", "much"], ["much"]),
        (["upscale", "photo.png", "--sharper"], ["--sharper"]),
        (["train", "upscale-x2"], ["--data"]),
        (["models", "show"], ["name of a model"]),
    ],
    ids=["nothing", "unknown command", "no input", "no number", "unknown option", "no data", "no name"],
)
def test_wrong_usage_is_one_line_and_exit_code_2(run, words, parts):
    code, out, errors = run(*words)
    assert (code, out) == (2, "")
    assert_one_line(errors, *parts)


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (["upscale", "photo.png", "--model", "nonesuch"], ["nonesuch"]),
        (["upscale", "photo.png", "--strength", "7"], ["strength", "7"]),
        (["upscale", "photo.png", "--precision", "fp8"], ["fp8"]),
        (["upscale", "photo.png", "--device", "abacus"], ["abacus"]),
        (["crappify", "photo.png", "--preset", "nonesuch"], ["nonesuch"]),
        (["crappify", "photo.png", "--seed", "-1"], ["seed", "-1"]),
        (["train", "nonesuch", "--data", ".", "--out", "run"], ["nonesuch"]),
        (["upscale", "photo.png", "-o", "big.gif"], ["big.gif"]),
        (["upscale", "photo.png", "-o", "photo.png", "--force"], ["no input"]),
        (["upscale", "photo.png", "photo.png"], ["one output for each input"]),
        (["benchmark", "--data", "empty", "--models", "tiny-x2"], ["empty"]),
        (["benchmark", "--limit", "0"], ["limit"]),
    ],
)
def test_bad_values_are_one_line_and_nothing_is_written(photo, run, tiny_upscaler, words, parts):
    before = sorted(photo.parent.rglob("*.*"))
    code, _, errors = run(*words)
    assert code in (1, 2)
    assert_one_line(errors, "Expected", *parts)
    assert sorted(photo.parent.rglob("*.*")) == before


def test_training_on_an_empty_folder_is_one_line(photo, run):
    code, _, errors = run("train", "upscale-x2", "--data", "empty", "--out", "run")
    assert code == 1
    assert_one_line(errors, "empty")


BAD = {
    "text.png": lambda path: path.write_text("not an image"),
    "empty.jpg": lambda path: path.write_bytes(b""),
    "cut.png": lambda path: path.write_bytes((path.parent / "photo.png").read_bytes()[:200]),
    "five.tif": lambda path: tifffile.imwrite(path, np.zeros((8, 8, 5), np.uint8), photometric="rgb"),
    "stack5.tif": lambda path: tifffile.imwrite(path, np.zeros((8, 8, 5), np.uint8)),
    "complex.tif": lambda path: tifffile.imwrite(path, np.zeros((8, 8), np.complex64)),
    "nan.tif": lambda path: tifffile.imwrite(path, np.full((8, 8), np.nan, np.float32)),
    "missing.png": lambda path: None,
}


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("command", ["crappify", "upscale", "remove-watermark"])
def test_a_bad_file_is_one_line_that_names_it(photo, run, tiny_upscaler, tiny_watermark, command, name):
    BAD[name](photo.parent / name)
    code, _, errors = run(command, name)
    assert code == 1
    assert_one_line(errors, "Expected", name)
    assert not list(photo.parent.glob("*-*"))


def test_a_mask_of_another_shape_is_refused(photo, run, tiny_watermark):
    write_image("mask.png", np.full((5, 5), 255, np.uint8))
    code, _, errors = run("remove-watermark", photo, "--mask", "mask.png")
    assert code == 1
    assert_one_line(errors, "(5, 5)")


def test_a_full_disk_is_one_line_and_leaves_nothing(photo, run, monkeypatch, tiny_upscaler):
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    code, _, errors = run("upscale", photo)
    assert code == 1
    assert_one_line(errors, "No space left", "photo-upscaled.png")
    assert [path.name for path in photo.parent.iterdir() if path.is_file()] == ["photo.png"]


def test_a_truncated_model_is_one_line(photo, run, home, tiny_upscaler):
    path = home / "models" / f"{tiny_upscaler}.safetensors"
    Path("cut.safetensors").write_bytes(path.read_bytes()[:-20])
    code, _, errors = run("upscale", photo, "--model", "cut.safetensors")
    assert code == 1
    assert_one_line(errors, "cut.safetensors")


def test_a_reader_that_goes_away_is_no_traceback():
    command = f"{sys.executable} -m napari_decrappify models list | true"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=True)
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr


def test_ctrl_c_stops_with_130_and_leaves_nothing(photo, run, monkeypatch, tiny_upscaler):
    def interrupted(descriptor: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("os.fsync", interrupted)
    code, _, errors = run("upscale", photo)
    assert code == 130
    assert_one_line(errors, "stopped")
    assert [path.name for path in photo.parent.glob("*.png")] == ["photo.png"]


def test_a_folder_of_a_seeded_batch_gives_each_its_own_seed(photo, run):
    write_image("in/a.png", PHOTO)
    write_image("in/b/c.png", PHOTO)
    assert run("crappify", "in", "-o", "out", "--preset", "watermark-strings", "--seed", 3)[0] == 0
    made = [read_image(f"out/{name}").array for name in ("a.png", "b/c.png")]
    np.testing.assert_array_equal(made[1], crappify(PHOTO, "watermark-strings", seed=seed_of(3, Path("b/c.png"))).image)
    assert (made[0] != made[1]).any()


def test_the_program_is_installed_and_says_its_version():
    done = subprocess.run(
        [sys.executable, "-m", "napari_decrappify", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("napari-decrappify ")


def test_help_says_defaults_and_bounds_of_the_call(run):
    code, out, _ = run("upscale", "--help")
    assert code == 0
    assert "--strength" in out
    assert "From 0 to 1." in " ".join(out.split())


def test_jpeg_output_of_alpha_is_refused(photo, run, tiny_upscaler):
    Image.fromarray(np.dstack([PHOTO, PHOTO[..., 0]])).save("alpha.png")
    code, _, errors = run("upscale", "alpha.png", "-o", "big.jpg")
    assert code == 1
    assert_one_line(errors, "alpha")
