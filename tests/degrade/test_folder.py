"""`crappify_folder`: a tree of files, over processes."""

import numpy as np
import pytest
from PIL import Image

from napari_decrappify.degrade import crappify, crappify_folder
from napari_decrappify.degrade.files import read_picture, write_picture
from napari_decrappify.degrade.many import seed_of
from napari_decrappify.errors import FileReadError, FileWriteError, InvalidParameterError


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
    assert why.startswith("Expected a picture that can be read, got ")
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
    expected = crappify(read_picture(photos / "a.png"), "stock-watermark", seed=seed).image
    np.testing.assert_array_equal(read_picture(tmp_path / "out" / "a.png"), expected)
    assert seed_of(9, photos / "a.png") != seed_of(8, photos / "a.png")


def test_16_bit_grey_stays_16_bit(photos, tmp_path):
    crappify_folder(photos, tmp_path / "out", "clean", seed=0, processes=1)
    np.testing.assert_array_equal(read_picture(tmp_path / "out/deep/er/c.png"), noise((32, 42), "uint16"))


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


def test_a_failed_write_leaves_nothing(tmp_path):
    with pytest.raises(FileWriteError, match=r"x\.png"):
        write_picture(tmp_path / "x.png", np.zeros((4, 4), np.float32))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16"])
def test_every_common_mode_is_read_as_grey_or_colour(tmp_path, mode):
    path = tmp_path / "x.tif"
    image = Image.new(mode, (7, 5))
    image.save(path)
    array = read_picture(path)
    assert array.shape[:2] == (5, 7)
    assert array.ndim == 2 or array.shape[2] in (3, 4)
    assert array.dtype == (np.uint16 if mode == "I;16" else np.uint8)


def test_a_truncated_file_and_several_pages_are_refused(tmp_path):
    whole = tmp_path / "x.png"
    Image.fromarray(noise((64, 64, 3))).save(whole)
    (tmp_path / "cut.png").write_bytes(whole.read_bytes()[:3000])
    Image.new("L", (4, 4)).save(tmp_path / "pages.tif", save_all=True, append_images=[Image.new("L", (4, 4))])
    for name in ("cut.png", "pages.tif", "none.png"):
        with pytest.raises(FileReadError, match=name.split(".")[0]):
            read_picture(tmp_path / name)
