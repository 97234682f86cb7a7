"""A training looks at the head of every picture first, and goes on without the few that turn out broken later."""

from __future__ import annotations

import pickle
import struct
import zlib
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from napari_decrappify.cli.main import main
from napari_decrappify.degrade import crappify
from napari_decrappify.errors import FileReadError, TrainingError
from napari_decrappify.files import read_header
from napari_decrappify.jobs import Progress
from napari_decrappify.training.data.loader import batches
from napari_decrappify.training.data.pairs import Pairs, find_crappifier
from napari_decrappify.training.data.pictures import (
    FolderPictures,
    chosen,
    open_pictures,
    split,
)
from napari_decrappify.training.evaluation.repair_evaluation import RepairEvaluation
from napari_decrappify.training.recipes.crappifier import font_files
from napari_decrappify.training.recipes.data import DataConfig
from napari_decrappify.training.recipes.recipe import Recipe
from napari_decrappify.training.running.events import LeftOut
from napari_decrappify.training.train import train

CONFIG = DataConfig(patch=16, batch=6, workers=0)
COUNT = 12
SMALL = [
    "stages=[{kind = 'pretrain-generator', steps = 1, lr = 1e-3}]",
    "generator.options={scale = 2, width = 4, blocks = 1}",
    *("data.patch=16", "data.batch=1", "data.workers=0", "data.context=0"),
    *("evaluation.every=1", "evaluation.pictures=1", "evaluation.size=16"),
]


def drawn(folder: Path, count: int = COUNT, side: int = 40) -> Path:
    folder.mkdir(parents=True)
    for number in range(count):
        noise = np.random.default_rng(number).integers(0, 256, (side, side + number, 3), dtype=np.uint8)
        Image.fromarray(noise).save(folder / f"{number:02d}.png")
    return folder


def spoil(path: Path) -> None:
    """Zero what is behind the head, as a card that was pulled out does."""
    content = bytearray(path.read_bytes())
    content[1000:] = bytes(len(content) - 1000)
    path.write_bytes(content)


def pairs_of(folder: Path, config: DataConfig = CONFIG, crappy: Path | None = None) -> Pairs:
    return Pairs(open_pictures(folder, crappy), find_crappifier("clean"), config, seed=4)


def targets(pairs: Pairs, *steps: int) -> list[np.ndarray]:
    return [pairs.batch(step).targets for step in steps]


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    return drawn(tmp_path / "pictures")


@pytest.fixture
def broken(pictures: Path) -> Path:
    """The folder with a picture whose head is sound and whose pixels are not."""
    spoil(pictures / "05.png")
    assert read_header(pictures / "05.png").yx == (40, 45)
    return pictures


def test_the_first_error_names_every_file_whose_head_is_bad(pictures: Path) -> None:
    for number in (3, 4, 7):
        (pictures / f"{number:02d}.png").write_bytes(b"no picture")
    with pytest.raises(FileReadError, match=r"3 of 12 that can't be read\. .*03\.png.* Nor can 04\.png, 07\.png\. Rem"):
        FolderPictures(pictures)


def test_of_many_bad_files_some_are_named_and_the_others_counted(pictures: Path) -> None:
    for path in pictures.iterdir():
        path.write_bytes(b"no picture")
    with pytest.raises(FileReadError, match=r"12 of 12 .*00\.png.* 01\.png, 02\.png, 03\.png, 04\.png and 7 more\."):
        FolderPictures(pictures)


def test_a_head_that_claims_too_many_pixels_is_bad(pictures: Path) -> None:
    content = bytearray((pictures / "00.png").read_bytes())
    content[16:24] = struct.pack(">II", 25_000, 20_000)
    content[29:33] = struct.pack(">I", zlib.crc32(content[12:29]))
    (pictures / "bomb.png").write_bytes(content)
    with pytest.raises(FileReadError, match=r"at most 400,000,000 pixels at .*bomb\.png, got 500,000,000"):
        FolderPictures(pictures)


def test_a_broken_picture_is_replaced_by_the_next(broken: Path) -> None:
    """So that the pairs of a step are the same in every process and after a resume."""
    steps = range(8)
    with_broken = pairs_of(broken)
    found = targets(with_broken, *steps)
    assert len(with_broken.pictures.left_out) == 1
    assert "05.png, got a truncated or damaged one" in with_broken.pictures.left_out[0]
    assert "Expected a whole image file at " in with_broken.pictures.left_out[0]
    (broken / "05.png").write_bytes((broken / "06.png").read_bytes())
    assert all(np.array_equal(a, b) for a, b in zip(found, targets(pairs_of(broken), *steps), strict=True))


def test_the_pairs_of_a_step_don_t_depend_on_what_was_met_before(broken: Path) -> None:
    pairs = pairs_of(broken)
    backwards = targets(pairs, *reversed(range(8)))[::-1]
    elsewhere = pickle.loads(pickle.dumps(pairs))
    for step in range(8):
        assert np.array_equal(backwards[step], pairs_of(broken).batch(step).targets)
        assert np.array_equal(backwards[step], elsewhere.batch(step).targets)


def test_a_process_that_makes_batches_says_what_it_leaves_out(broken: Path) -> None:
    made = list(islice(batches(pairs_of(broken), 0), 8))
    assert made[0].left_out == () or "05.png" in made[0].left_out[0]
    assert "05.png" in made[-1].left_out[0]


@pytest.mark.parametrize("side", ["clean", "crappy"])
def test_a_pair_with_a_broken_side_is_left_out_whole(pictures: Path, tmp_path: Path, side: str) -> None:
    crappy = drawn(tmp_path / "crappy")
    spoil((pictures if side == "clean" else crappy) / "05.png")
    pairs = pairs_of(pictures, crappy=crappy)
    for step in range(8):
        batch = pairs.batch(step)
        assert np.array_equal(batch.inputs, batch.targets)
    assert len(pairs.pictures.left_out) == 1


def test_a_tenth_of_broken_files_is_too_many(broken: Path) -> None:
    spoil(broken / "08.png")
    with pytest.raises(FileReadError, match=r"2 of 12 that can't be read\. .*0[58]\.png.* Nor can 0[58]\.png\."):
        targets(pairs_of(broken), *range(8))


def test_of_few_files_one_broken_is_too_many(tmp_path: Path) -> None:
    folder = drawn(tmp_path / "few", 3)
    spoil(folder / "01.png")
    with pytest.raises(FileReadError, match=r"1 of 3 that can't be read\. .*01\.png"):
        targets(pairs_of(folder), *range(8))


def test_nan_in_a_file_is_broken_too(pictures: Path) -> None:
    values = np.random.default_rng(0).random((40, 45)).astype(np.float32)
    values[3, 4] = np.nan
    (pictures / "05.png").unlink()
    tifffile.imwrite(pictures / "05.tif", values)
    pairs = pairs_of(pictures)
    targets(pairs, *range(8))
    assert "05.tif: Expected finite values" in pairs.pictures.left_out[0]


def test_a_held_out_picture_is_replaced_by_one_that_is_held_out(broken: Path, tiny_recipe: Recipe) -> None:
    held = chosen(FolderPictures(broken), [4, 5, 9])
    evaluation = RepairEvaluation(tiny_recipe, chosen(held, [1, 2]), find_crappifier("bicubic-x2"))
    same = RepairEvaluation(tiny_recipe, chosen(held, [2, 2]), find_crappifier("bicubic-x2"))
    assert np.array_equal(evaluation._pairs[0][1], same._pairs[0][1])


def test_a_training_goes_on_and_says_what_it_left_out(broken: Path, tmp_path: Path, restorer: dict) -> None:
    recipe, steps, run = Recipe.model_validate(restorer), list[Progress](), tmp_path / "run"
    assert train(recipe, broken, run, progress=steps.append).model.exists()
    (left_out,) = [step.payload for step in steps if isinstance(step.payload, LeftOut)]
    assert "Left out: " in left_out.warnings[0]
    assert (run / "notes.txt").read_text().count("05.png") == 1
    training, _ = split(FolderPictures(broken), recipe.data.held_out, recipe.seed)
    predicted = {path.name for path in (run / "predictions" / "stage-2").glob("*.png")}
    assert predicted == {f"{name}.png" for name in training.names if name != "05.png"}


def test_hidden_files_are_not_looked_at(pictures: Path) -> None:
    for name in ("._00.png", "__MACOSX/._00.png", ".ipynb_checkpoints/x.png", ".00.0a1b2c3d.part.png"):
        (pictures / name).parent.mkdir(exist_ok=True)
        (pictures / name).write_bytes(b"no picture")
    assert len(FolderPictures(pictures)) == COUNT


def test_fonts_are_found_by_the_same_walk(tmp_path: Path) -> None:
    for name in ("b.TTF", "more/a.otf", "._b.ttf", "__MACOSX/b.ttf", "notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    assert font_files(tmp_path) == [str(tmp_path / "b.TTF"), str(tmp_path / "more" / "a.otf")]
    for folder in (tmp_path / "none", tmp_path / "__MACOSX" / "b.ttf"):
        with pytest.raises(TrainingError, match="with none"):
            font_files(folder)


def turned_photos(folder: Path) -> Path:
    """Photos as a phone writes them: lying on their side, with a note of how to hold them."""
    folder.mkdir()
    for number, orientation in enumerate((1, 3, 6, 8)):
        exif = Image.Exif()
        exif[0x0112] = orientation
        shade = np.linspace(0, 200, 48 * 64).reshape(48, 64).astype(np.uint8)
        shade[5:20, 8:30] = 255 - 50 * number
        Image.fromarray(np.dstack([shade, shade.T.reshape(48, 64), shade])).save(
            folder / f"{number}.jpg", quality=98, exif=exif
        )
    return folder


def test_crappified_photos_pair_with_the_photos_however_they_were_held(tmp_path: Path, home: Path) -> None:
    """README's walk: `crappify photos`, then `train --crappy`."""
    photos, crappy, run = turned_photos(tmp_path / "photos"), tmp_path / "crappy", tmp_path / "run"
    options = ["--preset", "bicubic-x2", "--format", "png", "--seed", "1", "--output", str(crappy)]
    assert main(["crappify", str(photos), *options]) == 0
    paired = open_pictures(photos, crappy)
    assert {paired.shape(index) for index in range(len(paired))} == {(48, 64), (64, 48)}
    for index in range(len(paired)):
        assert np.array_equal(paired.crappy[index], crappify(paired[index], "bicubic-x2", seed=1).image)
    folders = ["--data", str(photos), "--crappy", str(crappy), "--out", str(run)]
    assert main(["train", "upscale-x2", *folders, "--set", *SMALL]) == 0
    assert (run / "upscale-x2.safetensors").exists()
