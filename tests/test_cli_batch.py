"""Folders: mirrored trees, skipped files, and nothing replaced by accident."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pytest

from napari_decrappify.batch.planning import batch_items
from napari_decrappify.cli import main
from napari_decrappify.cli.options import add_options, given
from napari_decrappify.degrade import crappify
from napari_decrappify.files import read_image, write_image

PICTURE = np.random.default_rng(0).integers(0, 256, (24, 20, 3), dtype=np.uint8)


@pytest.fixture
def tree(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("a.png", "deep/b.tif", "deep/er/c.jpg"):
        write_image(tmp_path / "in" / name, PICTURE)
    (tmp_path / "in" / "notes.txt").write_text("not asked for")
    return tmp_path / "in"


def crappify_words(*words: object) -> int:
    return main(["crappify", "--seed", "1", "--preset", "lesson7-small", *map(str, words)])


def names_below(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_a_folder_is_mirrored(tree):
    assert crappify_words(tree, "-o", "out") == 0
    assert names_below(Path("out")) == ["a.png", "deep/b.tif", "deep/er/c.jpg"]


def test_without_an_output_the_mirror_is_beside_it(tree):
    assert crappify_words(tree) == 0
    assert names_below(Path("in-crappified")) == ["a.png", "deep/b.tif", "deep/er/c.jpg"]


def test_the_format_can_be_chosen(tree):
    assert crappify_words(tree, "-o", "out", "--format", "png") == 0
    assert names_below(Path("out")) == ["a.png", "deep/b.png", "deep/er/c.png"]


def test_a_bad_file_is_reported_and_skipped(tree, capsys):
    (tree / "bad.png").write_text("not an image")
    assert crappify_words(tree, "-o", "out") == 1
    assert names_below(Path("out")) == ["a.png", "deep/b.tif", "deep/er/c.jpg"]
    errors = [line for line in capsys.readouterr().err.splitlines() if "error" in line]
    assert len(errors) == 1
    assert "bad.png" in errors[0]


def test_nothing_is_replaced_without_force(tree):
    assert crappify_words(tree, "-o", "out") == 0
    Path("out/a.png").write_bytes(b"precious")
    assert crappify_words(tree, "-o", "out") == 1
    assert Path("out/a.png").read_bytes() == b"precious"
    assert crappify_words(tree, "-o", "out", "--force") == 0
    assert read_image("out/a.png").array.shape == PICTURE.shape


@pytest.mark.parametrize("output", ["in", "in/a.png"])
def test_an_input_is_never_replaced(tree, output):
    source = tree if output == "in" else tree / "a.png"
    before = (tree / "a.png").read_bytes()
    assert crappify_words(source, "-o", output, "--force") == 2
    assert (tree / "a.png").read_bytes() == before


def test_an_output_folder_inside_the_input_isnt_read_again(tree):
    for _ in range(2):
        assert crappify_words(tree, "-o", tree / "out", "--force") == 0
    assert names_below(tree / "out") == ["a.png", "deep/b.tif", "deep/er/c.jpg"]


def test_processes_give_the_same_files(tree):
    assert crappify_words(tree, "-o", "one") == 0
    (tree / "bad.png").write_text("not an image")
    assert crappify_words(tree, "-o", "two", "--processes", 2) == 1
    for name in names_below(Path("one")):
        np.testing.assert_array_equal(read_image(f"one/{name}").array, read_image(f"two/{name}").array)


def test_several_files_go_into_a_folder(tree):
    assert crappify_words(tree / "a.png", tree / "deep/b.tif", "-o", "out") == 0
    assert names_below(Path("out")) == ["a.png", "b.tif"]


def test_two_results_of_one_name_are_refused(tree, capsys):
    write_image(tree / "deep" / "a.png", PICTURE)
    assert crappify_words(tree / "a.png", tree / "deep/a.png", "-o", "out") == 2
    assert "one output for each input" in capsys.readouterr().err
    assert not Path("out").exists()


def test_a_folder_without_pictures_is_refused(tmp_path):
    items, ((folder, error),) = batch_items([tmp_path], None, None, "-x")
    assert (items, folder) == ([], tmp_path)
    assert "a folder with none" in str(error)


def test_progress_is_drawn_when_asked_and_not_when_quiet(tree, capsys):
    assert crappify_words(tree, "-o", "one", "--progress") == 0
    assert "a.png" in capsys.readouterr().err
    assert crappify_words(tree, "-o", "two", "--quiet") == 0
    assert capsys.readouterr() == ("", "")


def test_options_that_arent_given_are_left_to_the_call():
    parser = argparse.ArgumentParser()
    add_options(parser, crappify)
    assert given(parser.parse_args([]), crappify) == {}
    words = ["--seed", "4", "--no-per-plane", "--normalize", "full"]
    assert given(parser.parse_args(words), crappify) == {"seed": 4, "per_plane": False, "normalize": "full"}
