"""The benchmark measures what it says it measures."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from napari_decrappify import crappify, remove_watermark, upscale
from napari_decrappify.benchmark import Table, benchmark, memory, speed
from napari_decrappify.cli import main
from napari_decrappify.errors import FileReadError, InvalidImageError, ModelNotFoundError
from napari_decrappify.files import write_image
from napari_decrappify.quality import luma, psnr, ssim

RNG = np.random.default_rng(0)


@pytest.fixture
def photos(tmp_path):
    for name in ("a", "b"):
        coarse = RNG.integers(0, 256, (13, 17, 3), dtype=np.uint8)
        photo = np.asarray(Image.fromarray(coarse).resize((65, 49), Image.Resampling.BICUBIC))
        write_image(tmp_path / "photos" / f"{name}.png", photo)
    return tmp_path / "photos"


def read(path):
    return np.asarray(Image.open(path))


def row_of(table: Table, name: str) -> dict[str, object]:
    return next(dict(zip(table.header, row, strict=True)) for row in table.rows if row[0] == name)


def test_upscaling_is_measured_on_luma_without_border_over_pil_bicubic(photos, tiny_upscaler):
    (table,) = benchmark(photos, models=[tiny_upscaler])
    reference = read(photos / "a.png")[:48, :64]
    small = Image.fromarray(reference).resize((32, 24), Image.Resampling.BICUBIC)
    bicubic = np.asarray(small.resize((64, 48), Image.Resampling.BICUBIC))
    result = upscale(np.asarray(small), 2)
    row = row_of(table, "a.png")
    assert row["bicubic dB"] == pytest.approx(psnr(luma(bicubic), luma(reference), border=2))
    assert row["model dB"] == pytest.approx(psnr(luma(result), luma(reference), border=2))
    assert row["gain dB"] == pytest.approx(row["model dB"] - row["bicubic dB"])
    assert row["model SSIM"] == pytest.approx(ssim(luma(result), luma(reference), border=2))
    gains = [row_of(table, f"{name}.png")["gain dB"] for name in "ab"]
    assert row_of(table, "**mean**")["gain dB"] == pytest.approx(np.mean(gains))


def test_watermarks_are_measured_inside_the_true_damage(photos, tiny_watermark):
    stock, strings, clean = benchmark(photos, models=[tiny_watermark], limit=1)
    photo = read(photos / "a.png")
    worse = crappify(photo, "watermark-strings", seed=1000)
    better, found = remove_watermark(worse.image, return_mask=True)
    row = row_of(strings, "a.png")
    before = psnr(worse.image, photo, mask=worse.mask)
    assert row["damage before dB"] == pytest.approx(before)
    assert row["damage gain dB"] == pytest.approx(psnr(better, photo, mask=worse.mask) - before)
    assert row["mask IoU"] == pytest.approx((found & worse.mask).sum() / (found | worse.mask).sum())
    changed = (remove_watermark(photo) != photo).any(axis=-1).mean()
    assert row_of(clean, "a.png")["changed pixels %"] == pytest.approx(100 * changed)
    assert "stock-watermark" in stock.title


def test_samples_are_named_as_no_validation_set(tiny_upscaler):
    (table,) = benchmark(models=[tiny_upscaler], limit=1)
    assert "astronaut" in table.note
    assert "not a validation set" in table.note


def test_speed_and_tiling_are_measured(photos, monkeypatch, tiny_upscaler):
    monkeypatch.setattr(speed, "SIDE", 64)
    monkeypatch.setattr(speed, "TILED_SIDE", 64)
    monkeypatch.setattr(speed, "TILE", 32)
    _, fast, tiled = benchmark(photos, models=[tiny_upscaler], limit=1, speed=True)
    assert row_of(fast, "fp32")["s per output megapixel"] > 0
    assert [row[0] for row in tiled.rows] == ["one pass", "automatic", "32 pixels"]


def test_memory_is_measured_in_a_process_of_its_own(tiny_watermark):
    peak = memory.measured(tiny_watermark, (200, 300, 3), "cpu", "fp32")
    assert peak.arrays == 2 * 200 * 300 * 3
    assert peak.after >= peak.before > peak.arrays


def test_tables_are_markdown(photos, tmp_path, tiny_upscaler):
    words = ["benchmark", "--data", photos, "--models", tiny_upscaler, "-o", tmp_path / "b.md"]
    assert main([str(word) for word in words]) == 0
    lines = (tmp_path / "b.md").read_text().splitlines()
    assert lines[0].startswith("### tiny-x2: ")
    assert lines[4] == "| picture | bicubic dB | bicubic SSIM | model dB | model SSIM | gain dB |"
    assert lines[5].count("---") == 6


def test_what_cant_be_measured_is_refused(tmp_path, monkeypatch, tiny_upscaler):
    with pytest.raises(FileReadError, match="none"):
        benchmark(tmp_path / "missing", models=[tiny_upscaler])
    write_image(tmp_path / "deep" / "a.png", np.zeros((40, 40), np.uint16))
    with pytest.raises(InvalidImageError, match="uint16"):
        benchmark(tmp_path / "deep", models=[tiny_upscaler])
    monkeypatch.setattr("napari_decrappify.models.store.bundled_folder", lambda: tmp_path / "none")
    with pytest.raises(ModelNotFoundError):
        benchmark()
