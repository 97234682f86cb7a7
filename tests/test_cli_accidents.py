"""One bad name never ends a folder: each file is done, skipped or failed, and the exit code says if all went well."""

from __future__ import annotations

import functools
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from napari_decrappify.files import write_image

PICTURE = np.random.default_rng(0).integers(0, 256, (24, 20, 3), dtype=np.uint8)
WORDS = ("crappify", "--seed", "1", "--preset", "clean")


def lock(monkeypatch, *names: str) -> None:
    """Let nothing inside folders of these names be looked at; real permissions wouldn't stop root."""
    look = Path.stat

    def stat(path: Path, **options: bool) -> os.stat_result:
        if {*names} & {*path.parts[:-1]}:
            raise PermissionError(13, "Permission denied", str(path))
        return look(path, **options)

    monkeypatch.setattr(Path, "stat", stat)


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder to work in, with a picture ``in/a.png``."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    write_image("in/a.png", PICTURE)
    return tmp_path / "here"


def names_below(folder: Path | str) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in Path(folder).rglob("*") if path.is_file())


@pytest.mark.parametrize("processes", [1, 2])
def test_names_as_long_as_they_can_be_and_names_that_are_no_text_are_done(place, run, processes):
    names = ["a.png", "字" * 83 + ".png", "x" * 251 + ".png", os.fsdecode(b"\xff\xfe.png"), "a\nb.png"]
    for name in names[1:]:
        shutil.copy("in/a.png", Path("in", name))
    code, _, lines = run(*WORDS, "in", "-o", "out", "--processes", processes)
    assert code == 0, lines
    assert names_below("out") == sorted(names)
    assert len(lines) == 6
    assert lines[-1] == "5 of 5 images done"


def test_a_result_whose_name_would_be_too_long_is_one_line(place, run):
    name = "x" * 245 + ".png"
    shutil.copy("in/a.png", name)
    code, _, lines = run(*WORDS, name, "in/a.png")
    assert code == 1
    assert "File name too long. Choose a shorter name." in lines[0]
    assert lines[-1] == "1 of 2 images done, 1 failed"


@pytest.mark.parametrize(("given", "inside"), [(".", "in"), ("..", "in/deep")])
def test_dots_are_the_folders_that_they_mean(place, run, monkeypatch, given, inside):
    (place / inside).mkdir(exist_ok=True)
    monkeypatch.chdir(place / inside)
    assert run(*WORDS, given)[0] == 0
    assert names_below(place) == ["in-crappified/a.png", "in/a.png"]


def test_a_folder_without_a_name_needs_an_output(run, monkeypatch):
    monkeypatch.setattr(
        "napari_decrappify.batch.planning.mirrored", lambda *_, **__: pytest.fail("it was walked through")
    )
    code, _, (line,) = run(*WORDS, "/")
    assert code == 2
    assert "with -o" in line


def test_an_empty_name_is_not_this_folder(place, run):
    code, _, (line,) = run(*WORDS, "")
    assert code == 2
    assert "expected a path, got none" in line
    assert names_below(place) == ["in/a.png"]


def test_what_cannot_be_looked_at_ends_nothing(place, run, monkeypatch):
    lock(monkeypatch, "locked")
    code, _, lines = run(*WORDS, "locked/a.png", "in/a.png")
    assert code == 1
    assert "locked/a.png" in lines[0]
    assert lines[-1] == "1 of 2 images done, 1 failed"


def test_files_of_a_folder_that_may_be_listed_but_not_entered_are_failures(place, run, monkeypatch):
    (place / "in/locked").mkdir()
    (place / "in/locked/b.png").write_bytes(b"no picture, since nobody here is kept from reading")
    lock(monkeypatch, "locked")
    code, _, lines = run(*WORDS, "in", "-o", "out")
    assert code == 1
    assert lines[-1] == "1 of 2 images done, 1 failed"


def test_a_folder_that_cannot_be_listed_is_a_failure_beside_the_others(place, run, monkeypatch):
    (place / "in/locked").mkdir()
    scan = os.scandir

    def scandir(path: str) -> object:
        if Path(path).name == "locked":
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", scandir)
    code, _, lines = run(*WORDS, "in", "-o", "out")
    assert code == 1
    assert "in/locked" in lines[0]
    assert "Permission denied" in lines[0]
    assert lines[-1] == "1 of 1 images done, 1 failed"


def test_links_that_go_round_in_a_circle_are_a_failure_beside_the_others(place, run):
    Path("loop.png").symlink_to("loop.png")
    code, _, lines = run(*WORDS, "loop.png", "in/a.png")
    assert code == 1
    assert "loop.png" in lines[0]
    assert lines[-1] == "1 of 2 images done, 1 failed"


def test_what_is_there_already_is_skipped_and_said(place, run):
    write_image("in/b.png", PICTURE)
    shutil.copytree("in", "out")
    Path("out/b.png").unlink()
    code, _, lines = run(*WORDS, "in", "-o", "out")
    assert code == 1
    assert lines[0].startswith("napari-decrappify: skipped: ")
    assert lines[-1] == "1 of 2 images done, 1 skipped"


def test_pictures_that_differ_in_their_suffix_keep_it_in_all_their_results(place, run):
    write_image("in/a.jpg", PICTURE)
    write_image("in/a.png.tif", PICTURE)
    assert run(*WORDS, "in", "-o", "one", "--format", "tif", "--steps")[0] == 0
    pictures = ["a.jpg.tif", "a.png.tif", "a.png.tif.tif"]
    assert [name for name in names_below("one") if name.endswith(".tif")] == pictures
    assert run(*WORDS, "in", "-o", "two", "--steps", "--mask")[0] == 0
    steps = [name for name in names_below("two") if name.endswith(".steps.json")]
    assert steps == ["a.jpg.steps.json", "a.png.steps.json", "a.png.tif.steps.json"]


@pytest.mark.parametrize("wrong", [("--processes", "0"), ("--preset", "nonesuch")])
def test_what_is_wrong_for_all_is_told_once(place, run, wrong):
    write_image("in/b.png", PICTURE)
    code, _, lines = run("crappify", "in", "-o", "out", *wrong)
    assert (code, len(lines)) == (2, 1)


def test_ctrl_c_ends_the_workers_and_leaves_nothing_half_written(place):
    write_image("in/b.png", np.zeros((3000, 3000, 3), np.uint8))
    words = ["crappify", "--preset", "old-photo", "in", "-o", "out", "--processes", "2"]
    command = [sys.executable, "-m", "napari_decrappify", *words]
    listen = functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # which a shell's background job ignores
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, start_new_session=True, preexec_fn=listen
    ) as running:
        assert running.stderr is not None
        assert running.stderr.readline().endswith("out/a.png\n")
        workers = children_of(running.pid)
        os.kill(running.pid, signal.SIGINT)
        said = running.communicate(timeout=600)[1].splitlines()
    assert running.returncode == 130
    assert said == ["1 of 2 images done", "napari-decrappify: error: stopped; nothing half-written was left"]
    assert workers
    assert not [pid for pid in workers if Path("/proc", pid).exists()]
    assert names_below("out") == ["a.png"]


def children_of(pid: int) -> list[str]:
    return [child for path in Path(f"/proc/{pid}/task").glob("*/children") for child in path.read_text().split()]
