"""Files appear whole or not at all, whatever their names are."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from napari_decrappify.atomic import atomic_path
from napari_decrappify.errors import FileWriteError

LONG = {
    "ascii": "a" * 251 + ".png",
    "three-byte": "字" * 83 + ".png",
    "four-byte": "𐍈" * 62 + ".png",
    "suffix": "a." + "b" * 253,
    "not-text": os.fsdecode(b"\xff" * 251) + ".png",
}


@pytest.mark.parametrize("name", LONG.values(), ids=LONG)
def test_every_name_that_a_file_can_have_can_be_written(tmp_path, name):
    with atomic_path(tmp_path / name) as part:
        part.write_text("whole")
        assert part.parent == tmp_path
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [(name, "whole")]


def test_the_temporary_name_is_hidden_and_keeps_the_suffix(tmp_path):
    with atomic_path(tmp_path / "photo.tif") as part:
        part.touch()
        assert part.name.startswith(".photo.")
        assert part.name.endswith(".part.tif")


@pytest.mark.parametrize("name", ["a" * 253 + ".png", "nul\0.png", "\ud800.png", "..", "."])
def test_a_name_that_no_file_can_have_is_a_typed_error(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileWriteError), atomic_path(name) as part:
        part.touch()
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_even_be_looked_at_is_a_typed_error(tmp_path, monkeypatch):
    def locked(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    for method in ("mkdir", "stat", "unlink"):
        monkeypatch.setattr(Path, method, locked)
    with pytest.raises(FileWriteError, match="Permission denied"), atomic_path(tmp_path / "locked" / "a.png"):
        pass


def test_an_interrupt_leaves_nothing(tmp_path):
    def interrupted() -> None:
        with atomic_path(tmp_path / "a.png") as part:
            part.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert not list(tmp_path.iterdir())
