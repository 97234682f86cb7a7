"""Seconds and bytes are real ones."""

from __future__ import annotations

import pytest

from napari_decrappify.benchmark import benchmark
from napari_decrappify.benchmark.measure import memory, speed
from napari_decrappify.benchmark.models import measured_models
from napari_decrappify.errors import DeviceError

SETTINGS = {"device": "cpu", "precision": "fp32"}


def test_speed_and_tiling_are_measured(photos, monkeypatch, tiny_upscaler):
    monkeypatch.setattr(speed, "SIDE", 64)
    monkeypatch.setattr(speed, "TILED_SIDE", 64)
    monkeypatch.setattr(speed, "TILE", 32)
    _, fast, tiled = benchmark(photos, models=[tiny_upscaler], limit=1, speed=True)
    name, fp32, _bf16 = fast.rows[0]
    assert name == "**tiny-x2**"
    assert fp32 > 0
    assert all(seconds > 0 for seconds in tiled.rows[0][1:4])


def test_a_process_that_fails_is_told_apart(tiny_upscaler):
    (model,) = measured_models([tiny_upscaler])
    model.path.write_bytes(b"no model")
    with pytest.raises(DeviceError, match="tiny-x2"):
        memory.measured(model, (20, 30), SETTINGS)


def test_memory_is_a_column_for_everyone_and_a_table_of_large_pictures(photos, monkeypatch, tiny_upscaler):
    monkeypatch.setattr(memory, "COMMON", (64, 64))
    monkeypatch.setattr(memory, "LARGE", (800, 1000))
    beside, large = benchmark(photos, models=[tiny_upscaler], limit=1, memory=True)
    assert beside.header[-1] == "peak MiB"
    assert 10 < beside.rows[0][-1] < beside.rows[1][-1]  # Pillow needs less than torch
    _, arrays, resident, beyond = large.rows[0]
    assert arrays == round((800 * 1000 + 400 * 500) * 3 / memory.MEBIBYTE)
    assert resident > 50
    assert beyond == pytest.approx(resident - arrays, abs=1)
