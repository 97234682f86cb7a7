"""`picture_files`: which files below a folder are pictures to train on, to crappify, to repair and to measure."""

import os
from pathlib import Path

import pytest

from napari_decrappify.atomic import atomic_path
from napari_decrappify.errors import FileReadError
from napari_decrappify.files import picture_files


def touched(root: Path, *names: str) -> Path:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    return root


def below(root: Path) -> list[str]:
    return [path.relative_to(root).as_posix() for path in picture_files(root)]


def test_pictures_are_found_by_name_with_those_of_subfolders_in_sorted_order(tmp_path: Path) -> None:
    touched(tmp_path, "b.PNG", "a.tif", "deep/er/c.jpeg", "notes.txt", "table.csv")
    (tmp_path / "folder.png").mkdir()
    assert below(tmp_path) == ["a.tif", "b.PNG", "deep/er/c.jpeg"]


@pytest.mark.parametrize(
    "name",
    [
        "._a.jpg",
        ".a.jpg",
        "__MACOSX/a.jpg",
        ".ipynb_checkpoints/a-checkpoint.png",
        "x/.git/a.png",
        "x/__MACOSX/y/a.png",
    ],
)
def test_what_other_programs_leave_behind_is_no_picture(tmp_path: Path, name: str) -> None:
    assert below(touched(tmp_path, "a.jpg", name)) == ["a.jpg"]


def test_a_file_that_is_being_written_or_was_left_by_a_kill_is_no_picture(tmp_path: Path) -> None:
    with atomic_path(tmp_path / "a.png") as part:
        part.write_bytes(b"half")
        assert part.parent == tmp_path
        assert below(tmp_path) == []
    assert below(tmp_path) == ["a.png"]


def test_a_folder_may_itself_be_hidden(tmp_path: Path) -> None:
    assert below(touched(tmp_path / ".data" / "__MACOSX", "a.png")) == ["a.png"]


def test_a_folder_that_is_not_there_is_a_typed_error(tmp_path: Path) -> None:
    with pytest.raises(FileReadError, match="none"):
        picture_files(tmp_path / "none")


def test_a_subfolder_that_cannot_be_listed_is_raised_or_collected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    touched(tmp_path, "a.png", "closed/b.png")
    scandir = os.scandir

    def closed(path: str) -> object:
        if Path(path).name == "closed":
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", closed)
    with pytest.raises(FileReadError, match=r"closed.*Permission denied"):
        picture_files(tmp_path)
    failed: list[FileReadError] = []
    assert picture_files(tmp_path, failed=failed) == [tmp_path / "a.png"]
    assert "closed" in str(failed[0])
