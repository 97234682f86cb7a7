"""The benchmark measures every model beside its peers, on the same pictures, and says how."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from napari_decrappify import crappify, remove_watermark, repair_photo, upscale
from napari_decrappify.benchmark import Table, benchmark
from napari_decrappify.benchmark.method import Method
from napari_decrappify.benchmark.models import Measured
from napari_decrappify.benchmark.photos import middles
from napari_decrappify.benchmark.photos import photos as photos_of
from napari_decrappify.benchmark.scores import Score, ScoreTable
from napari_decrappify.benchmark.suites import SUITES
from napari_decrappify.degrade import Crappifier, TiledWatermark
from napari_decrappify.errors import FileReadError, InvalidImageError, ModelNotFoundError
from napari_decrappify.files import write_image
from napari_decrappify.models import ModelCard, save_model, user_model_path
from napari_decrappify.nets import ARCHITECTURES, Generator, Repaired
from napari_decrappify.quality import luma, psnr, ssim


def read(path):
    return np.asarray(Image.open(path))


def row_of(table: Table, name: str) -> dict[str, object]:
    return next(dict(zip(table.header, row, strict=True)) for row in table.rows if row[0] == name)


def test_upscaling_is_measured_beside_pil_bicubic_on_luma_without_border(photos, tiny_upscaler):
    (table,) = benchmark(photos, models=[tiny_upscaler])
    found = {"bicubic (Pillow)": [], "**tiny-x2**": []}
    for path in sorted(photos.iterdir()):
        reference = read(path)[:48, :64]
        small = Image.fromarray(reference).resize((32, 24), Image.Resampling.BICUBIC)
        bicubic = np.asarray(small.resize((64, 48), Image.Resampling.BICUBIC))
        for row, image in zip(found, (bicubic, upscale(np.asarray(small), 2)), strict=True):
            found[row].append([f(luma(image), luma(reference), border=2) for f in (psnr, ssim)])
    for name, figures in found.items():
        row = row_of(table, name)
        assert row["pictures"] == 2
        assert [row["PSNR dB"], row["SSIM"]] == pytest.approx(np.mean(figures, axis=0).tolist())
        assert row["feature distance"] > 0
        assert row["s/MP"] > 0
    gain = np.subtract(*(np.mean([psnrs for psnrs, _ in rows]) for rows in reversed(found.values())))
    assert row_of(table, "**tiny-x2**")["over bicubic dB"] == pytest.approx(gain)
    assert row_of(table, "bicubic (Pillow)")["over bicubic dB"] is None


def test_old_photos_are_measured_blind_and_told_where(photos, tiny_photo):
    damaged, clean, faded = benchmark(photos, models=[tiny_photo], limit=1)
    photo = read(photos / "a.png")
    case = SUITES["old-photo"]()[0].make(0, photo)
    made = {
        "": repair_photo(case.given, fading=False),
        ", told where": repair_photo(case.given, case.mask, fading=False),
    }
    for suffix, result in made.items():
        row = row_of(damaged, f"**tiny-photo{suffix}**")
        assert row["PSNR in the damage dB"] == pytest.approx(psnr(result, case.target, mask=case.mask))
    told = row_of(damaged, "**tiny-photo, told where**")
    assert told["precision"] == 1
    assert 0.5 < told["recall"] <= 1
    changed = (repair_photo(photo, fading=False) != photo).any(axis=-1).mean()
    assert row_of(clean, "**tiny-photo**")["changed pixels %"] == pytest.approx(100 * changed)
    worse = SUITES["old-photo"]()[2].make(0, photo).given
    expected = psnr(repair_photo(worse, scratches=False), photo)
    assert row_of(faded, "**tiny-photo**")["PSNR dB"] == pytest.approx(expected)


def test_watermarks_are_measured_inside_the_true_damage(photos, tiny_watermark):
    tiled, stock, strings, line, saved, clean = benchmark(photos, models=[tiny_watermark], limit=1)
    photo = read(photos / "a.png")
    worse = crappify(photo, "watermark-strings", seed=1000)
    better = remove_watermark(worse.image)
    before, after = (psnr(image, photo, mask=worse.mask) for image in (worse.image, better))
    assert row_of(strings, "as given")["PSNR in the damage dB"] == pytest.approx(before)
    assert row_of(strings, "**tiny-watermark**")["PSNR in the damage dB"] == pytest.approx(after)
    changed = (remove_watermark(photo) != photo).any(axis=-1).mean()
    assert row_of(clean, "**tiny-watermark**")["changed pixels %"] == pytest.approx(100 * changed)
    assert "stock-watermark" in stock.title
    assert "line or logo" in line.title
    assert "JPEG 85" in saved.title
    told = psnr(remove_watermark(worse.image, worse.mask), photo, mask=worse.mask)
    assert row_of(strings, "**tiny-watermark, told where**")["PSNR in the damage dB"] == pytest.approx(told)
    half = crappify(photo, Crappifier((TiledWatermark(opacity=(0.5, 0.5)),)), seed=1000).image
    assert row_of(tiled, "as given")["PSNR dB"] == pytest.approx(psnr(half, photo))


def test_a_mark_that_pictures_share_is_solved_from_all_of_them(
    tmp_path, make_photo, tiny_watermark, tiny_photo, monkeypatch
):
    for number in range(5):
        write_image(tmp_path / "many" / f"{number}.png", make_photo(64, 64 + number))
    suite = next(suite for suite in SUITES["watermark"]() if suite.together)
    monkeypatch.setitem(SUITES, "watermark", lambda: (suite,))
    assert benchmark(tmp_path / "many", models=[tiny_watermark], limit=4) == []
    (table,) = benchmark(tmp_path / "many", models=[tiny_watermark])
    made = [suite.make(0, photo) for photo in middles(photos_of(tmp_path / "many", None), 16, 64).pictures.values()]
    stack, mask = np.stack([case.given for case in made]), made[0].mask
    for name, result in {
        "**tiny-watermark**": remove_watermark(stack, shared=True),
        "**tiny-watermark, told where**": remove_watermark(stack, mask, shared=True),
    }.items():
        expected = np.mean([psnr(one, case.target) for one, case in zip(result, made, strict=True)])
        assert row_of(table, name)["PSNR dB"] == pytest.approx(expected)
        assert row_of(table, name)["pictures"] == 5
        assert row_of(table, name)["s/MP"] > 0
    assert row_of(table, "infill, told where")["over infill dB"] is None
    assert "5 of 5 pictures" in table.note


def test_restoring_is_measured_at_both_sizes_and_pets_apart(photos, tiny_model):
    small, large = benchmark(photos, models=[tiny_model("tiny", "restore")])
    assert "128" in small.title
    assert "256" in large.title
    pets, everyone = row_of(small, "as given")["PSNR of pets dB"], row_of(small, "as given")["PSNR dB"]
    assert pets != everyone
    (alone,) = {row[1] for row in small.rows}
    assert alone == 2


def test_denoising_is_measured_at_known_strengths(photos, tiny_model):
    tables = benchmark(photos, microscopy=photos, models=[tiny_model("denoise", "restore")], limit=1)
    given = [row_of(table, "as given")["PSNR dB"] for table in tables[:3]]
    assert given == pytest.approx([20 * np.log10(255 / sigma) for sigma in (15, 25, 50)], abs=1.2)


def test_denoising_is_measured_on_micrographs_as_counts_and_in_eight_bits(photos, tmp_path, tiny_model):
    ramp = np.linspace(0, 255, 192).astype(np.uint8)[:, None].repeat(96, axis=1)
    write_image(tmp_path / "micrographs" / "ramp.png", ramp)
    model = tiny_model("denoise", "restore")
    tables = benchmark(photos, microscopy=tmp_path / "micrographs", models=[model], limit=1)
    sixteen, eight = tables[4:]
    counts, cut_off = row_of(sixteen, "as given"), row_of(eight, "as given")
    assert {"dark %", "middle %", "bright %"} <= {*sixteen.header} & {*eight.header}
    assert max(abs(counts[f"{part} %"]) for part in ("dark", "middle", "bright")) < 2
    assert cut_off["bright %"] < -2
    assert counts["PSNR dB"] == pytest.approx(cut_off["PSNR dB"], abs=3)


def test_filling_is_measured_in_the_hole(photos, tiny_model):
    strokes, middle = benchmark(photos, models=[tiny_model("tiny", "infill")], limit=1, peers=True)
    for table in (strokes, middle):
        holes, smooth = row_of(table, "as given"), row_of(table, "push-pull pyramid")
        assert smooth["PSNR in the hole dB"] > holes["PSNR in the hole dB"]
        assert smooth["mean error in the hole"] < holes["mean error in the hole"]
        textured, plain = row_of(table, "**tiny**"), row_of(table, "**tiny, texture=0**")
        assert textured["PSNR in the hole dB"] != plain["PSNR in the hole dB"]
        assert table.header[-2] == "feature distance of the hole's box"
        assert holes[table.header[-2]] >= holes["feature distance"] > 0


def test_micrographs_are_measured_with_the_models_that_are_for_them(photos, tiny_model):
    name = tiny_model("mine", "upscale", preset="em-x4")
    (table,) = benchmark(models=[name], microscopy=photos, limit=1)
    assert "em-x4" in table.title
    denoised = "total variation (scikit-image), then bicubic"
    assert [row[0] for row in table.rows] == ["bicubic (Pillow)", denoised, "**mine**"]
    mine, beside = row_of(table, "**mine**"), row_of(table, denoised)
    assert mine["over denoised bicubic dB"] == pytest.approx(mine["PSNR dB"] - beside["PSNR dB"])
    (longer,) = benchmark(models=[name], microscopy=photos, limit=1, peers=True)
    names = [row[0] for row in longer.rows]
    assert {"Lanczos (Pillow)", "median of 3 x 3 (scikit-image), then bicubic"} <= {*names}
    assert names.count(denoised) == 1


def test_models_of_one_kind_share_a_table(photos, tiny_model):
    (table,) = benchmark(photos, models=[tiny_model("plain", "upscale"), tiny_model("sharp", "upscale")], limit=1)
    assert [row[0] for row in table.rows] == ["bicubic (Pillow)", "**plain**", "**sharp**"]
    assert "beside" not in table.note


def test_a_model_that_adds_texture_is_compared_with_the_one_it_goes_on_from(photos, tiny_pair):
    (table,) = benchmark(photos, models=tiny_pair)
    faithful, sharp = (row_of(table, f"**{name}**") for name in tiny_pair)
    nearer = sharp["feature distance"] / faithful["feature distance"] - 1
    gain = sharp["PSNR dB"] - faithful["PSNR dB"]
    assert f"tiny-x2-sharp beside tiny-x2: feature distance {nearer:+.0%}, PSNR {gain:+.2f} dB." in table.note


def test_peers_that_arent_installed_are_left_out_and_named(photos, tiny_model, monkeypatch):
    missing = {"cv2", "ncnn", "bm3d"}
    find = __import__("importlib.util").util.find_spec
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name in missing else find(name))
    table = benchmark(photos, models=[tiny_model("tiny", "infill")], limit=1, peers=True)[0]
    assert "Left out: Telea (OpenCV) (not installed: pip install opencv-python-headless)." in table.note
    assert not [row for row in table.rows if "OpenCV" in row[0]]


def test_without_weights_the_feature_distance_is_a_dash_and_the_note_says_why(photos, tiny_upscaler, monkeypatch):
    monkeypatch.setattr("napari_decrappify.models.pretrained._installed", lambda package: None)
    (table,) = benchmark(photos, models=[tiny_upscaler], limit=1)
    assert row_of(table, "bicubic (Pillow)")["feature distance"] is None
    assert "feature distance isn't measured" in table.note
    assert "| - |" in table.markdown()


def test_slow_peers_do_a_few_pictures_and_the_models_get_a_row_on_the_same_ones():
    fast, slow = Method("fast", lambda case: case.given, ours=True), Method("slow", None, slow=True)
    four = range(4)
    every = Score(fast, {n: {"PSNR dB": 10.0 * n} for n in four}, dict.fromkeys(four, 2.0), dict.fromkeys(four, 1.0))
    some = Score(slow, {n: {"PSNR dB": 5.0} for n in (1, 3)}, {1: 9.0, 3: 4.0}, {1: 1.0, 3: 2.0})
    rows = ScoreTable([some, every], ["PSNR dB"], [1, 3]).rows()
    assert rows == [
        ["slow", 2, 5.0, 5.5],  # the median of 9 and 2 seconds a megapixel
        ["**fast**", 4, 15.0, 2.0],
        ["**fast**, on the same 2", 2, 20.0, 2.0],
    ]


@pytest.mark.parametrize(
    ("card", "kind"),
    [
        ({"name": "upscale-x4-sharp", "task": "upscale", "scale": 4}, "upscale-x4"),
        ({"name": "em-x4", "task": "upscale", "scale": 4}, "em-x4"),
        ({"name": "mine", "task": "upscale", "scale": 4, "recipe": {"data": {"preset": "em-x4"}}}, "em-x4"),
        ({"name": "restore-gan", "task": "restore"}, "restore"),
        ({"name": "denoise", "task": "restore"}, "denoise"),
        ({"name": "mine", "task": "restore", "recipe": {"data": {"preset": "noisy"}}}, "denoise"),
        ({"name": "colorize", "task": "colorize"}, "colorize"),
    ],
)
def test_what_a_model_is_for_is_read_off_its_card(card, kind, tmp_path):
    assert Measured(ModelCard(architecture="any", **card), tmp_path).kind == kind
    assert kind in SUITES


def test_samples_are_named_as_no_validation_set(tiny_upscaler):
    (table,) = benchmark(models=[tiny_upscaler], limit=1)
    assert "astronaut" in table.note
    assert "not a validation set" in table.note


def test_what_cant_be_measured_is_refused(tmp_path, monkeypatch, tiny_upscaler):
    with pytest.raises(FileReadError, match="missing, got No such file"):
        benchmark(tmp_path / "missing", models=[tiny_upscaler])
    write_image(tmp_path / "deep" / "a.png", np.zeros((40, 40), np.uint16))
    with pytest.raises(InvalidImageError, match="uint16"):
        benchmark(tmp_path / "deep", models=[tiny_upscaler])
    monkeypatch.setattr("napari_decrappify.models.store.bundled_folder", lambda: tmp_path / "none")
    with pytest.raises(ModelNotFoundError):
        benchmark()


class Tint(Generator):
    """Makes everything warm."""

    def forward(self, x):
        return Repaired((x * x.new_tensor([1.0, 0.9, 0.5])[:, None, None]).clamp(0, 1))


def test_colourising_is_measured_by_colours_and_luma(photos, home, monkeypatch):
    monkeypatch.setitem(ARCHITECTURES, "tint", Tint)
    save_model(user_model_path("warm"), Tint(), ModelCard(name="warm", task="colorize", architecture="tint"))
    table, _hinted = benchmark(photos, models=["warm"])
    grey, warm = row_of(table, "as given"), row_of(table, "**warm**")
    assert grey["colourfulness"] == 0
    assert warm["colourfulness"] > 10
    assert warm["the original's"] == grey["the original's"] > 0
    assert warm["largest luma error"] == 0
