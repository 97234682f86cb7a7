"""The walk through a volume, here a tiny one."""

from __future__ import annotations

import pytest

from napari_decrappify.benchmark.measure.volume import HEADER, LEAST, specks, volume
from napari_decrappify.jobs import run_to_end


def rows_of(planes=5, **options):
    steps = []
    job = volume(2 * 64 * 64 * planes / 1e9, {"device": "cpu", "precision": "fp32"}, side=64, **options)
    rows = {row[0]: dict(zip(HEADER, row, strict=True)) for row in run_to_end(job, steps.append).rows}
    assert list(rows) == ["infill", "restore", "upscale"]
    assert steps
    assert all(step.done <= step.total for step in steps)
    return rows


def test_a_volume_is_filled_restored_and_enlarged(tiny_repairs, tiny_upscaler):
    rows = rows_of()
    assert all(row["of all"] == "100.0%" for row in rows.values())
    assert rows["restore"]["megapixels"] == rows["upscale"]["megapixels"] / 4 == 5 * 64 * 64 / 1e6
    assert all(row["MP/s"] > 0 and row["plain loop, MP/s"] > 0 and row["seconds"] > 0 for row in rows.values())


def test_a_task_that_takes_too_long_is_cancelled_and_what_it_did_counts(tiny_repairs, tiny_upscaler):
    rows = rows_of(planes=20, limit=0.0)
    done = {task: float(row["of all"].rstrip("%")) / 100 for task, row in rows.items()}
    assert all(LEAST / 20 <= share < 1 for share in done.values())  # those in other threads may end, too
    assert rows["restore"]["megapixels"] == pytest.approx(done["restore"] * 20 * 64 * 64 / 1e6)


def test_the_mask_is_sparse():
    assert 0 < specks(0, 2048).mean() < 0.001
    assert not specks(1, 2048).any()
