"""A batch as a job: what the command line and the Batch dock do with many files, step by step."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from napari_decrappify import infill, upscale
from napari_decrappify.apply.marks.mark import SolvedMark
from napari_decrappify.apply.shared_marks.file import kept
from napari_decrappify.batch import shared_mark
from napari_decrappify.batch.job import BatchReport, BatchRequest, batch_job
from napari_decrappify.batch.masks import Masks
from napari_decrappify.errors import FileReadError, InvalidMaskError, InvalidParameterError
from napari_decrappify.files import BatchItem, read_image, record_of, write_image
from napari_decrappify.jobs import Call, Progress, run_to_end
from napari_decrappify.tasks import TASKS

RNG = np.random.default_rng(0)
PHOTOS = RNG.integers(0, 256, (3, 20, 24, 3), dtype=np.uint8)
HOLE = np.zeros(PHOTOS.shape[1:3], bool)
HOLE[5:9, 6:16] = True


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Three photos, the last of them deeper."""
    monkeypatch.chdir(tmp_path)
    for name, photo in zip(("a.png", "b.png", "deep/c.png"), PHOTOS, strict=True):
        write_image(f"in/{name}", photo)
    return Path("in")


def done(request):
    """Do a batch; return what became of it, and its steps."""
    steps = []
    return run_to_end(batch_job(request, BatchReport()), steps.append), steps


def names_below(folder):
    return sorted(path.relative_to(folder).as_posix() for path in Path(folder).rglob("*") if path.is_file())


def test_every_picture_gets_its_result_with_its_record(folder, tiny_upscaler):
    report, steps = done(BatchRequest(TASKS["upscale"], [folder], Path("out")))
    assert (report.total, report.summary(report.total)) == (3, "3 of 3 images done")
    for name, photo in zip(names_below("in"), PHOTOS, strict=True):
        made = read_image(Path("out", name))
        np.testing.assert_array_equal(made.array, upscale(photo, model=tiny_upscaler))
        assert record_of(made.metadata)["model"]["name"] == tiny_upscaler
    batch = [(step.done, step.total) for step in steps if step.total > 1]
    assert batch == sorted(batch)
    assert batch[-1] == (3000, 3000)
    assert any("2 of 3, b.png: " in step.note for step in steps)


def test_a_bad_picture_ends_nothing_and_can_be_done_again_alone(folder, tiny_upscaler):
    Path("in/bad.png").write_text("no picture")
    request = BatchRequest(TASKS["upscale"], [folder], Path("out"))
    report, _ = done(request)
    assert [path.name for path, _ in report.failed] == ["bad.png"]
    assert "another kind of file" in report.failed[0][1]
    assert len(report.done) == 3
    write_image("in/bad.png", PHOTOS[0])
    again, _ = done(BatchRequest(TASKS["upscale"], [folder], Path("out"), only={Path("in/bad.png")}))
    assert (again.total, again.done, again.skipped) == (1, [Path("out/bad.png")], [])


def test_a_folder_without_pictures_is_a_failure_that_can_be_done_again(folder, tiny_upscaler):
    Path("empty").mkdir()
    inputs = [folder, Path("empty")]
    report, _ = done(BatchRequest(TASKS["upscale"], inputs, Path("out")))
    assert [path.name for path, _ in report.failed] == ["empty"]
    write_image("empty/d.png", PHOTOS[0])
    again, _ = done(BatchRequest(TASKS["upscale"], inputs, Path("out"), only={Path("empty")}))
    assert (again.done, again.failed, again.total) == ([Path("out/d.png")], [], 1)


def test_what_is_there_is_skipped_unless_it_may_be_replaced(folder, tiny_upscaler):
    Path("out").mkdir()
    Path("out/a.png").write_bytes(b"precious")
    report, _ = done(BatchRequest(TASKS["upscale"], [folder], Path("out")))
    assert [path.name for path, _ in report.skipped] == ["a.png"]
    assert Path("out/a.png").read_bytes() == b"precious"
    report, _ = done(BatchRequest(TASKS["upscale"], [folder], Path("out"), force=True))
    assert len(report.done) == 3
    assert read_image("out/a.png").array.shape == (40, 48, 3)


def test_sources_are_never_replaced(folder, tiny_upscaler):
    before = {name: Path("in", name).read_bytes() for name in names_below("in")}
    with pytest.raises(InvalidParameterError, match="no input"):
        done(BatchRequest(TASKS["upscale"], [folder], folder, force=True))
    assert {name: Path("in", name).read_bytes() for name in names_below("in")} == before


def test_a_batch_that_is_left_keeps_what_is_done_and_nothing_half_written(folder, tiny_upscaler):
    report = BatchReport()
    job = batch_job(BatchRequest(TASKS["upscale"], [folder], Path("out")), report)
    while not report.done:
        next(job)
    assert next(job).done == 1000
    assert "2 of 3" in next(job).note
    job.close()
    assert names_below("out") == ["a.png"]
    assert report.summary(report.total) == "1 of 3 images done"


def test_a_mask_that_would_be_replaced_is_found_before_any_work(folder, tiny_watermark):
    Path("out").mkdir()
    Path("out/a.mask.png").write_bytes(b"drawn by hand")
    report, _ = done(BatchRequest(TASKS["watermark"], [Path("in/a.png")], Path("out"), saved="mask"))
    assert len(report.skipped) == 1
    assert names_below("out") == ["a.mask.png"]


def test_what_a_file_has_to_leave_out_is_noted(folder, tiny_upscaler):
    frames = [Image.fromarray(photo) for photo in PHOTOS[:2]]
    frames[0].save("in/film.gif", save_all=True, append_images=frames[1:])
    report, _ = done(BatchRequest(TASKS["upscale"], [Path("in/film.gif")], Path("out")))
    assert report.done == [Path("out/film.png")]
    assert "all frames of the animation but the first" in report.noted[0][1]


def test_a_mark_that_all_pictures_share_is_solved_once(folder, monkeypatch):
    mark = kept(SolvedMark(np.float32(np.eye(20, 24)), np.float32([1.0, 1.0, 1.0]), 0.5, 0.01))
    seen = []

    def solve(stack, mask, **keywords):
        seen.append(stack)
        yield Progress(1, 1)
        return mark

    monkeypatch.setattr(shared_mark, "solve_mark", Call(solve))
    report, _ = done(BatchRequest(TASKS["watermark"], [folder], Path("out"), keywords={"shared": True}))
    assert len(report.done) == 3
    np.testing.assert_array_equal(seen, [PHOTOS])
    clear = read_image("out/a.png").array == PHOTOS[0]
    assert clear[~np.eye(20, 24, dtype=bool)].all()


@pytest.fixture
def masks(folder):
    write_image("masks/a.png", HOLE.astype(np.uint8) * 255)
    write_image("masks/deep/c.mask.png", HOLE[::-1].astype(np.uint8) * 255)
    return Path("masks")


def test_each_picture_has_its_own_mask_in_a_folder(folder, masks, tiny_infill):
    report, _ = done(BatchRequest(TASKS["infill"], [folder], Path("out"), mask=masks))
    np.testing.assert_array_equal(read_image("out/a.png").array, infill(PHOTOS[0], HOLE))
    np.testing.assert_array_equal(read_image("out/deep/c.png").array, infill(PHOTOS[2], HOLE[::-1]))
    ((path, reason),) = report.failed
    assert path.name == "b.png"
    assert "one mask for b.png in masks, got none" in reason


def test_the_command_line_takes_a_folder_of_masks(folder, masks, tiny_infill, run):
    code, _, errors = run("infill", "in", "--mask", "masks", "-o", "out")
    assert (code, errors[-1]) == (1, "2 of 3 images done, 1 failed")
    np.testing.assert_array_equal(read_image("out/a.png").array, infill(PHOTOS[0], HOLE))
    assert run("remove-watermark", "in", "--mask", "masks", "--shared", "-o", "clean")[0] == 2


def test_masks_go_by_the_whole_name_before_the_name_without_its_suffix(masks):
    for name in ("b.jpg.mask.png", "b.tif"):
        write_image(masks / name, HOLE[::2].astype(np.uint8))
    found = Masks.at(masks, [Path("in")])
    assert found.of(item("b.jpg")).shape == HOLE[::2].shape
    write_image(masks / "b.mask.png", HOLE.astype(np.uint8))
    found = Masks.at(masks, [Path("in")])
    with pytest.raises(FileReadError, match=r"b\.mask\.png and b\.tif"):
        found.of(item("b.png"))
    write_image(masks / "a.png", 0 * HOLE.astype(np.uint8))
    with pytest.raises(InvalidMaskError, match="marks nothing"):
        found.of(item("a.jpg"))


def test_one_mask_is_for_one_picture(masks):
    with pytest.raises(InvalidParameterError, match="one image"):
        Masks.at(masks / "a.png", [Path("in")])
    assert Masks.at(masks / "a.png", [Path("in/a.png")]).of(item("a.png")).sum() == HOLE.sum()
    assert Masks.at(None, [Path("in")]).of(item("a.png")) is None


def item(name):
    return BatchItem(Path("in", name), Path("out", name), name)
