"""Hints from files: the colours of a picture wherever it isn't wholly transparent."""

from __future__ import annotations

import json

import numpy as np
import pytest

from napari_decrappify import colorize, replay
from napari_decrappify.files import read_image, write_image

RNG = np.random.default_rng(0)
GREY = RNG.integers(0, 256, (36, 32), dtype=np.uint8)
PAINT = RNG.integers(0, 256, (36, 32, 4), dtype=np.uint8)
PAINT[..., 3] = np.where(np.arange(32) < 10, 80, 0)


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch, tiny_repairs):
    monkeypatch.chdir(tmp_path)
    write_image("grey.png", GREY)
    write_image("other.png", GREY)
    write_image("paint.png", PAINT)


def test_colours_of_a_file_hold(run):
    assert run("colorize", "grey.png", "--hints", "paint.png")[0] == 0
    made = read_image("grey-colored.png")
    np.testing.assert_array_equal(made.array, colorize(GREY, (PAINT[..., :3], PAINT[..., 3] > 0)))
    assert (made.array != colorize(GREY)).any()
    np.testing.assert_array_equal(replay(json.loads(made.metadata.text["decrappify"]), GREY), made.array)


@pytest.mark.parametrize(
    ("words", "code", "part"),
    [
        (["grey.png", "other.png", "--hints", "paint.png"], 2, "one image with --hints"),
        (["grey.png", "--hints", "grey.png"], 1, "RGBA"),
        (["grey.png", "--hints", "clear.png"], 1, "all transparent"),
        (["grey.png", "--hints", "small.png"], 1, "(36, 32)"),
    ],
)
def test_hints_that_do_not_fit_are_told_in_a_line(run, words, code, part):
    write_image("clear.png", PAINT * np.uint8([1, 1, 1, 0]))
    write_image("small.png", PAINT[:20])
    got, _, errors = run("colorize", *words)
    assert (got, len(errors)) == (code, 1)
    assert part in errors[0]
