"""`crappify_folder`: a tree of files, over processes."""

import numpy as np
import pytest
import tifffile
from PIL import Image

from napari_decrappify.degrade import crappify, crappify_folder
from napari_decrappify.degrade.folder import seed_of
from napari_decrappify.errors import FileReadError, FileWriteError, InvalidParameterError
from napari_decrappify.files import read_image, write_image


def noise(shape, dtype="uint8", seed=0):
    return np.random.default_rng(seed).integers(0, 256 if dtype == "uint8" else 60_000, shape).astype(dtype)


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "photos"
    (folder / "deep" / "er").mkdir(parents=True)
    Image.fromarray(noise((30, 40, 3))).save(folder / "a.png")
    Image.fromarray(noise((31, 41, 3), seed=1)).save(folder / "deep" / "b.JPG")
    Image.fromarray(noise((32, 42), "uint16")).save(folder / "deep" / "er" / "c.tif")
    (folder / "deep" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n and then nothing")
    (folder / "notes.txt").write_text("no picture")
    return folder


def contents(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_the_tree_is_mirrored_and_a_bad_file_is_reported(photos, tmp_path):
    target = tmp_path / "crappy"
    told = []
    report = crappify_folder(photos, target, "lesson7", seed=3, processes=1, progress=told.append)
    assert set(contents(target)) == {"a.png", "deep/b.png", "deep/er/c.png"}
    assert report.done == sorted(target.rglob("*.png"))
    ((path, why),) = report.failed
    assert path == photos / "deep" / "broken.png"
    assert why.startswith("Expected a picture (PNG, JPEG, TIFF, BMP, WebP or GIF) at ")
    assert [(p.done, p.total) for p in told] == [(n, 4) for n in range(1, 5)]


def test_the_number_of_processes_changes_nothing(photos, tmp_path):
    one = crappify_folder(photos, tmp_path / "one", "old-photo", seed=3, processes=1)
    two = crappify_folder(photos, tmp_path / "two", "old-photo", seed=3, processes=2)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")
    assert one.failed == two.failed
    assert [p.name for p in one.done] == [p.name for p in two.done]


def test_a_file_is_what_crappify_gives_with_its_seed(photos, tmp_path):
    crappify_folder(photos, tmp_path / "out", "stock-watermark", seed=9, processes=1)
    seed = seed_of(9, (photos / "a.png").relative_to(photos))
    expected = crappify(read_image(photos / "a.png").array, "stock-watermark", seed=seed).image
    np.testing.assert_array_equal(read_image(tmp_path / "out" / "a.png").array, expected)
    assert seed_of(9, photos / "a.png") != seed_of(8, photos / "a.png")


def test_16_bit_grey_stays_16_bit(photos, tmp_path):
    crappify_folder(photos, tmp_path / "out", "clean", seed=0, processes=1)
    np.testing.assert_array_equal(read_image(tmp_path / "out/deep/er/c.png").array, noise((32, 42), "uint16"))


def test_two_files_of_one_name_both_arrive(photos, tmp_path):
    Image.fromarray(noise((30, 40, 3), seed=7)).save(photos / "a.jpg")
    crappify_folder(photos, tmp_path / "out", "clean", seed=0, processes=1)
    assert {"a.png.png", "a.jpg.png"} <= set(contents(tmp_path / "out"))


def test_other_formats_on_request_and_what_they_cannot_hold_is_reported(photos, tmp_path):
    report = crappify_folder(photos, tmp_path / "out", "lesson7", seed=0, processes=1, suffix=".jpg")
    assert {p.name for p in report.done} == {"a.jpg", "b.jpg"}
    assert {p.name for p, _ in report.failed} == {"broken.png", "c.tif"}
    assert set(contents(tmp_path / "out")) == {"a.jpg", "deep/b.jpg"}


def test_a_cancelled_job_leaves_whole_files_only(photos, tmp_path):
    job = crappify_folder.job(photos, tmp_path / "out", "clean", seed=0, processes=1)
    next(job)
    job.close()
    assert set(contents(tmp_path / "out")) == {"a.png"}


@pytest.mark.parametrize("target", [".", "deep", "deep/new", ".."])
def test_source_and_target_have_to_be_apart(photos, target):
    before = contents(photos)
    with pytest.raises(InvalidParameterError, match="apart"):
        crappify_folder(photos, photos / target, seed=0)
    assert contents(photos) == before


def test_a_missing_source_an_impossible_target_and_wrong_parameters_are_refused(photos, tmp_path):
    with pytest.raises(FileReadError, match="not there"):
        crappify_folder(tmp_path / "none", tmp_path / "out", seed=0)
    with pytest.raises(FileReadError, match="a file"):
        crappify_folder(photos / "a.png", tmp_path / "out", seed=0)
    (tmp_path / "file").write_text("")
    with pytest.raises(FileWriteError):
        crappify_folder(photos, tmp_path / "file" / "out", seed=0)
    for wrong in ({"preset": "none"}, {"processes": 0}, {"suffix": ".gif"}, {"seed": -1}):
        with pytest.raises(InvalidParameterError):
            crappify_folder(photos, tmp_path / "out", **wrong)


def test_an_empty_folder_is_no_error(tmp_path):
    (tmp_path / "empty").mkdir()
    report = crappify_folder(tmp_path / "empty", tmp_path / "out", seed=4)
    assert (report.done, report.failed, report.seed) == ([], [], 4)


def test_every_file_keeps_its_bits_axes_and_metadata(tmp_path):
    """What the one reader gives: EXIF-turned photos upright, 16-bit colour, big-endian, white-is-zero, hyperstacks."""
    source = tmp_path / "source"
    source.mkdir()
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(noise((20, 30, 3))).save(source / "turned.jpg", exif=exif)
    write_image(source / "deep.png", noise((20, 30, 3), "uint16"))
    tifffile.imwrite(source / "motorola.tif", noise((20, 30), "uint16"), byteorder=">")
    tifffile.imwrite(source / "white.tif", noise((20, 30)), photometric="miniswhite")
    tifffile.imwrite(source / "double.tif", noise((20, 30)) / 256)
    tifffile.imwrite(source / "cells.tif", noise((2, 3, 20, 30), "uint16"), imagej=True, metadata={"axes": "ZCYX"})
    report = crappify_folder(source, tmp_path / "out", "clean", seed=0, processes=1, suffix=".tif")
    assert report.failed == []
    for made in report.done:
        (path,) = source.glob(f"{made.stem}.*")
        before, after = read_image(path), read_image(made)
        assert after.array.dtype == before.array.dtype
        np.testing.assert_array_equal(after.array, before.array)
        assert after.metadata.axes == before.metadata.axes
    assert read_image(tmp_path / "out" / "turned.tif").array.shape == (30, 20, 3)


def test_what_is_left_beside_pictures_is_not_crappified(photos, tmp_path):
    for name in ("._a.png", "__MACOSX/a.png", ".ipynb_checkpoints/a-checkpoint.png", ".a.0a1b2c3d.part.png"):
        (photos / name).parent.mkdir(exist_ok=True)
        (photos / name).write_bytes((photos / "a.png").read_bytes())
    report = crappify_folder(photos, tmp_path / "out", "clean", seed=0, processes=1)
    assert [path.name for path in report.done] == ["a.png", "b.png", "c.png"]
