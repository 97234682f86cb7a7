"""The walk through a volume, here a tiny one."""

from __future__ import annotations

from napari_decrappify.benchmark.measure.volume import HEADER, specks, volume
from napari_decrappify.jobs import run_to_end


def test_a_volume_is_restored_filled_and_enlarged(tiny_repairs, tiny_upscaler):
    steps = []
    table = run_to_end(volume(2 * 64 * 64 * 3 / 1e9, {"device": "cpu", "precision": "fp32"}, side=64), steps.append)
    rows = {row[0]: dict(zip(HEADER, row, strict=True)) for row in table.rows}
    assert list(rows) == ["restore", "infill", "upscale"]
    assert rows["restore"]["megapixels"] == rows["upscale"]["megapixels"] * 3 / 4 == 3 * 64 * 64 / 1e6
    assert all(row["MP/s"] > 0 and row["plain loop, MP/s"] > 0 and row["seconds"] > 0 for row in rows.values())
    assert steps
    assert all(step.done <= step.total for step in steps)


def test_the_mask_is_sparse():
    assert 0 < specks(0, 2048).mean() < 0.02
