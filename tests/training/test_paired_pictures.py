"""Given pairs are matched by name or by position, and a mismatch is named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from napari_decrappify.errors import TrainingError
from napari_decrappify.training.data.pictures import PairedPictures, open_pictures


@pytest.fixture
def crappy(folder: Path) -> Path:
    """The same pictures at half the size, as BMP."""
    root = folder.parent / "crappy"
    for path in folder.rglob("*.png"):
        target = (root / path.relative_to(folder)).with_suffix(".bmp")
        target.parent.mkdir(parents=True, exist_ok=True)
        with Image.open(path) as image:
            image.reduce(2).save(target)
    return root


def paired(clean: object, crappy: object) -> PairedPictures:
    pictures = open_pictures(clean, crappy)  # type: ignore[arg-type]
    assert isinstance(pictures, PairedPictures)
    return pictures


def test_folders_are_matched_by_relative_path_whatever_the_suffix(folder: Path, crappy: Path) -> None:
    pictures = paired(folder, crappy)
    assert pictures.scale == 2
    assert [Path(name).with_suffix("") for name in pictures.names] == [
        Path(name).with_suffix("") for name in pictures.crappy.names
    ]
    assert np.abs(pictures[5][::2, ::2].astype(int) - pictures.crappy[5]).mean() < 5


def test_the_first_picture_without_partner_is_named(folder: Path, crappy: Path) -> None:
    (crappy / "3.bmp").rename(crappy / "9.bmp")
    with pytest.raises(TrainingError, match=r"a partner of .*3\.png in .*crappy"):
        paired(folder, crappy)
    Image.new("RGB", (28, 24)).save(crappy / "3.bmp")
    with pytest.raises(TrainingError, match=r"a partner of .*9\.bmp in .*pictures"):
        paired(folder, crappy)


def test_two_pictures_of_one_name_are_refused(folder: Path, crappy: Path) -> None:
    Image.new("RGB", (28, 24)).save(crappy / "3.jpg")
    with pytest.raises(TrainingError, match=r"3\.bmp, 3\.jpg"):
        paired(folder, crappy)


def test_sizes_that_are_no_whole_multiple_are_named(folder: Path, crappy: Path) -> None:
    Image.new("RGB", (29, 24)).save(crappy / "1.bmp")
    with pytest.raises(TrainingError, match=r"1\.png to be a whole number.*48 x 56 and 24 x 29"):
        paired(folder, crappy)


def test_another_scale_than_the_others_is_named(folder: Path, crappy: Path) -> None:
    Image.new("RGB", (14, 12)).save(crappy / "1.bmp")
    with pytest.raises(TrainingError, match=r"one scale, 2 as that of 0\.png, got scale 4 for 1\.png"):
        paired(folder, crappy)


def test_arrays_are_matched_by_position() -> None:
    clean, crappy = np.zeros((3, 30, 60), np.uint8), np.zeros((3, 10, 20), np.uint16)
    assert paired(clean, crappy).scale == 3
    with pytest.raises(TrainingError, match="each of 3 clean ones, got 2"):
        paired(clean, crappy[:2])
