"""`crappify_folder` from any script, with files of any name, and with workers that die."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from napari_decrappify.degrade import crappify_folder
from napari_decrappify.files import ImageFile, read_image, write_image

PICTURE = np.random.default_rng(0).integers(0, 256, (12, 10, 3), dtype=np.uint8)


@pytest.fixture
def photos(tmp_path):
    for name in ("a", "b", "c"):
        write_image(tmp_path / "photos" / f"{name}.png", PICTURE)
    return tmp_path / "photos"


def read_but_die_of_b(path: Path) -> ImageFile:
    if path.name == "b.png":
        os.kill(os.getpid(), signal.SIGKILL)
    return read_image(path)


def read_badly(path: Path) -> ImageFile:
    if path.name == "b.png":
        raise MemoryError
    if path.name == "c.png":
        raise OSError(5, "Input/output error", str(path))
    return read_image(path)


def test_a_worker_that_is_killed_fails_its_file_and_no_other(photos, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(Path(__file__).parents[2])
    report = crappify_folder(photos, tmp_path / "out", "clean", processes=2, read=read_but_die_of_b)
    assert [path.name for path in report.done] == ["a.png", "c.png"]
    ((path, why),) = report.failed
    assert path.name == "b.png"
    assert "exit code -9" in why


def test_a_lack_of_memory_and_a_bad_disk_are_failures_of_their_files(photos, tmp_path):
    report = crappify_folder(photos, tmp_path / "out", "clean", processes=1, read=read_badly)
    assert [path.name for path in report.done] == ["a.png"]
    (_, memory), (_, disk) = report.failed
    assert "enough memory" in memory
    assert "Input/output error" in disk


def test_names_that_are_no_text_have_seeds_and_are_done(photos, tmp_path):
    name = os.fsdecode(b"\xff\xfe.png")
    (photos / "a.png").rename(photos / name)
    report = crappify_folder(photos, tmp_path / "out", "lesson7", seed=1, processes=1)
    assert (len(report.done), report.failed) == (3, [])
    assert (tmp_path / "out" / name).exists()


def test_what_is_there_is_replaced_or_left_and_reported(photos, tmp_path):
    target = tmp_path / "out"
    target.mkdir()
    (target / "b.png").write_bytes(b"precious")
    left = crappify_folder(photos, target, "clean", processes=1, force=False)
    assert ([path.name for path in left.done], left.failed) == (["a.png", "c.png"], [])
    assert [path.name for path, _ in left.skipped] == ["b.png"]
    assert (target / "b.png").read_bytes() == b"precious"
    assert len(crappify_folder(photos, target, "clean", processes=1).done) == 3


def test_three_sources_of_which_one_has_the_name_that_another_would_get(photos, tmp_path):
    write_image(photos / "a.jpg", PICTURE)
    write_image(photos / "a.png.tif", PICTURE)
    report = crappify_folder(photos, tmp_path / "out", "clean", processes=1, suffix=".tif")
    assert len({*report.done}) == 5
    assert {"a.jpg.tif", "a.png.tif", "a.png.tif.tif"} < {path.name for path in report.done}


def test_a_script_without_a_guard_runs_once_and_ends(photos, tmp_path):
    script = tmp_path / "script.py"
    script.write_text("""
from napari_decrappify.degrade import crappify_folder
print("here")
report = crappify_folder("photos", "out", "clean", processes=2)
print(len(report.done), report.failed)
""")
    ran = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, cwd=tmp_path, timeout=600, check=False
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.splitlines() == ["here", "3 []"]
