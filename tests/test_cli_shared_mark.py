"""A folder of pictures under one mark, from the command line."""

from __future__ import annotations

import json

import numpy as np
import pytest

from napari_decrappify import load_mark, remove_watermark, replay
from napari_decrappify.apply.marks.mark import SolvedMark
from napari_decrappify.apply.shared_marks.file import kept
from napari_decrappify.batch import shared_mark
from napari_decrappify.files import read_image, write_image
from napari_decrappify.jobs import Call, Progress

MARK = SolvedMark(np.float32(np.eye(20, 24)), np.float32([1.0, 1.0, 1.0]), 0.5, 0.01)
PHOTOS = np.random.default_rng(0).integers(0, 200, (5, 20, 24, 3)).astype(np.uint8)


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photos").mkdir()
    for number, photo in enumerate(PHOTOS):
        write_image(f"photos/{number}.png", photo)


@pytest.fixture
def solving(monkeypatch):
    """What the mark is solved from; it is the same each time."""
    seen = []

    def solve(stack, mask, **keywords):
        seen.append((stack, mask, keywords))
        yield Progress(1, 1)
        return kept(MARK)

    monkeypatch.setattr(shared_mark, "solve_mark", Call(solve))
    return seen


def test_the_mark_of_a_folder_is_solved_once_saved_and_taken_off_each(run, solving):
    assert run("remove-watermark", "photos", "--shared", "--save-mark", "mark.png", "-o", "clean")[0] == 0
    ((stack, mask, _),) = solving
    np.testing.assert_array_equal(stack, PHOTOS)
    assert mask is None
    assert load_mark("mark.png").opacity == 0.5
    for number, photo in enumerate(PHOTOS):
        made = read_image(f"clean/{number}.png")
        np.testing.assert_array_equal(made.array, remove_watermark(photo, mark="mark.png"))
        record = json.loads(made.metadata.text["decrappify"])
        np.testing.assert_array_equal(replay(record, photo), made.array)
        assert record["model"] is None


def test_a_mark_from_a_file_is_taken_off(run, solving):
    run("remove-watermark", "photos", "--shared", "--save-mark", "mark.png", "-o", "clean")
    assert run("remove-watermark", "photos/1.png", "--mark", "mark.png", "-o", "one.png")[0] == 0
    np.testing.assert_array_equal(read_image("one.png").array, read_image("clean/1.png").array)
    assert len(solving) == 1


def test_pictures_of_other_sizes_are_refused(run, solving):
    write_image("photos/9.png", PHOTOS[0, :-1])
    code = run("remove-watermark", "photos", "--shared", "-o", "clean")[0]
    assert code != 0
    assert not solving


@pytest.mark.parametrize("words", [("--save-mark", "mark.png"), ("--shared", "--mark", "mark.png")], ids=" ".join)
def test_options_that_say_nothing_together_are_refused(run, solving, words):
    assert run("remove-watermark", "photos", *words)[0] != 0
    assert not solving
