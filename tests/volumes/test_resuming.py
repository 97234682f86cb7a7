"""A run that was stopped, or killed at any instant, goes on with the chunks that are missing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import numpy as np
import pytest
import zarr

from napari_decrappify import apply_to_zarr
from napari_decrappify.errors import InvalidParameterError
from napari_decrappify.volumes.target import record_of

KILLED = """
import os, signal, sys
from napari_decrappify import apply_to_zarr
def kill(step):
    if step.done >= 3:  # two may come at once
        os.kill(os.getpid(), signal.SIGKILL)
apply_to_zarr("restore", sys.argv[1], sys.argv[2], model="tiny-restore", region=4096, progress=kill)
"""


@pytest.fixture
def source(tmp_path, rng):
    path = tmp_path / "in.npy"
    np.save(path, rng.integers(0, 5000, (3, 128, 192), dtype=np.uint16))
    return path


def chunks_of(path):
    """Return when each chunk was written, without one in whose midst a run was killed."""
    files = [file for file in (path / "0" / "c").rglob("*") if file.is_file() and file.suffix != ".partial"]
    return {file.relative_to(path): file.stat().st_mtime_ns for file in files}


def pixels_of(path):
    return zarr.open_group(str(path), mode="r")["0"][...]


def options(**others):
    return {"model": "tiny-restore", "region": 4096, **others}


def test_a_killed_run_goes_on_with_the_missing_chunks(tmp_path, source, tiny_restorer):
    whole, killed = tmp_path / "whole.zarr", tmp_path / "killed.zarr"
    done = subprocess.run([sys.executable, "-c", KILLED, source, killed], capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    before = chunks_of(killed)
    assert before
    assert "ome" not in zarr.open_group(str(killed), mode="r").attrs
    assert record_of(killed) is None
    half = killed / "0" / "c" / "0" / "0" / "0.123.partial"
    half.write_bytes(b"half")
    apply_to_zarr("restore", source, killed, **options())
    apply_to_zarr("restore", source, whole, **options())
    np.testing.assert_array_equal(pixels_of(killed), pixels_of(whole))
    after = chunks_of(killed)
    assert len(after) == len(chunks_of(whole)) > len(before)
    assert {name: after[name] for name in before if name in after} == before
    assert not half.exists()
    assert "ome" in zarr.open_group(str(killed), mode="r").attrs


def test_a_cancelled_run_leaves_what_can_be_gone_on_with(tmp_path, source, tiny_restorer):
    target = tmp_path / "out.zarr"
    job = apply_to_zarr.job("restore", source, target, **options())
    while next(job).done < 2:
        pass
    job.close()
    before = chunks_of(target)
    steps = []
    apply_to_zarr("restore", source, target, **options(progress=steps.append))
    assert steps[0].done >= 2
    assert steps[0].total > steps[0].done
    assert {name: chunks_of(target)[name] for name in before} == before


def test_an_unfinished_run_is_gone_on_with_only_in_the_same_words(tmp_path, source, tiny_restorer):
    target = tmp_path / "out.zarr"
    begin(target, source)
    for others in ({"strength": 0.5}, {"channel_axis": 0}):
        with pytest.raises(InvalidParameterError, match="begun with"):
            apply_to_zarr("restore", source, target, **options(**others))
    other = tmp_path / "other.npy"
    np.save(other, np.load(source) + 1)
    with pytest.raises(InvalidParameterError, match=r"other\.npy"):
        apply_to_zarr("restore", other, target, **options())
    apply_to_zarr("restore", other, target, **options(force=True))


def test_an_unfinished_run_is_gone_on_with_only_if_no_pixel_of_its_file_was_changed(tmp_path, source, tiny_restorer):
    target = tmp_path / "out.zarr"
    begin(target, source)
    edited = np.load(source, mmap_mode="r+")
    edited[0, 0, 0] ^= 1
    edited.flush()
    os.utime(source)  # not every file system keeps times as fine as a test is fast
    with pytest.raises(InvalidParameterError, match="begun with"):
        apply_to_zarr("restore", source, target, **options())
    apply_to_zarr("restore", source, target, **options(force=True))


def test_a_store_is_the_same_unless_a_chunk_was_written(tmp_path, source, tiny_restorer):
    store, target = tmp_path / "in.zarr", tmp_path / "out.zarr"
    array = zarr.create_array(str(store), data=np.load(source), chunks=(1, 64, 64))
    begin(target, store)
    array.attrs["seen"] = True
    begin(target, store)
    array[2, -1, -1] += 1
    with pytest.raises(InvalidParameterError, match="begun with"):
        apply_to_zarr("restore", store, target, **options())


def test_a_run_that_an_older_version_left_is_gone_on_with(tmp_path, source, tiny_restorer):
    target = tmp_path / "out.zarr"
    begin(target, source)
    head = json.loads((target / "zarr.json").read_text())
    del head["attributes"]["decrappify_unfinished"]["pixels"]
    (target / "zarr.json").write_text(json.dumps(head))
    apply_to_zarr("restore", source, target, **options())
    assert record_of(target) is not None


def begin(target, source):
    job = apply_to_zarr.job("restore", source, target, **options())
    next(job)
    job.close()


def test_a_chunk_of_zeros_is_a_chunk(tmp_path, tiny_restorer):
    np.save(tmp_path / "in.npy", np.zeros((2, 64, 64), np.uint16))
    out = apply_to_zarr("restore", tmp_path / "in.npy", tmp_path / "out.zarr", strength=0.0)
    assert len(chunks_of(out)) == 2
