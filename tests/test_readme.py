"""Every command and every line of Python in the README runs.

Commands run as they stand, block by block, in a folder with a photo, a folder of photos and one of fonts.
What takes long runs as a shorter equivalent: a recipe by its tiny variant, or with a small net for two steps; `make` as
a dry run; of `pip install` the extras and packages are looked up.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from PIL import ImageFont
from scipy import ndimage

from napari_decrappify.cli import main
from napari_decrappify.files import write_image
from napari_decrappify.models.pretrained import PACKAGES
from napari_decrappify.training.recipe_files import recipe_names

ROOT = Path(__file__).parent.parent
BLOCKS = re.findall(r"^```(bash|python)\n(.*?)^```", (ROOT / "README.md").read_text(), re.DOTALL | re.MULTILINE)
COMMANDS = [block.splitlines() for kind, block in BLOCKS if kind == "bash"]
PYTHON = [block for kind, block in BLOCKS if kind == "python"]
SETTINGS = [
    "stages=[{kind = 'pretrain-generator', steps = 2, lr = 1e-3}]",
    *("data.patch=48", "data.batch=2", "data.workers=0", "data.context=0"),
    *("evaluation.every=2", "evaluation.pictures=1", "evaluation.size=48"),
]
SMALL_UNET = "{widths = [4, 8], middle = 1}"
NETS = {
    "upscale-x2": "{scale = 2, width = 4, blocks = 1}",
    "upscale-x4": "{scale = 4, width = 32, blocks = 1}",  # as wide as upscale-x2, whose trunk it takes
    **dict.fromkeys(("upscale-x4-sharp", "em-x4", "fluorescence-x4"), "{scale = 4, width = 32, blocks = 1}"),
    "upscale-x3": "{scale = 3, width = 32, blocks = 1}",
    **dict.fromkeys(("watermark-finder", "infill", "restore", "denoise"), SMALL_UNET),
    "watermark": "{widths = [4, 8], middle = 1, fill_widths = [4, 8], fill_middle = 1}",  # finds with watermark-finder
    "restore-gan": "{mask_head = false}",  # as large as restore, with which it starts
    "colorize": "{}",
}


@pytest.fixture
def folder(tmp_path, monkeypatch, user_folder):
    photo = skimage.data.chelsea()[:70, :80]
    write_image(tmp_path / "photo.jpg", photo)
    for number in range(3):
        write_image(tmp_path / "photos" / "more" / f"{number}.png", np.roll(photo, 20 * number, axis=1))
    hole = np.zeros(photo.shape[:2], np.uint8)
    hole[20:30, 20:40] = 255
    write_image(tmp_path / "hole.png", hole)
    (tmp_path / "fonts").mkdir()
    (tmp_path / "fonts" / "default.ttf").write_bytes(ImageFont.load_default(12).font_bytes)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("lines", COMMANDS, ids=lambda lines: lines[0])
def test_the_commands_of_the_readme_run(folder, lines):
    programs = {"napari-decrappify": run_program, "torchrun": run_several, "make": run_make, "pip": look_up}
    for line in lines:
        program, *words = shlex.split(line, comments=True)
        programs[program](words)


def run_program(words: list[str]) -> None:
    assert main(shortened(words)) == 0


def run_several(words: list[str]) -> None:
    place = words.index("train")
    command = [Path(sys.executable).with_name("torchrun"), *words[:place], *shortened(words[place:])]
    subprocess.run(command, check=True, capture_output=True)


def shortened(words: list[str]) -> list[str]:
    """Let `train` and `lr-find` take the tiny variant of a recipe, or a small net; give `finetune` a second."""
    if words[0] == "finetune":
        return [*words, "--minutes", "0.02", "--patch", "32"]
    if words[0] not in ("train", "lr-find"):
        return words
    command, name, *rest = words
    if name in NETS:
        return [*words, "--set", *SETTINGS, f"generator.options={NETS[name]}"]
    return [command, f"{name}-tiny", *rest, "--set", f"name={name}"]


def run_make(words: list[str]) -> None:
    subprocess.run(["make", "--dry-run", "--directory", ROOT, *words], check=True, capture_output=True)


def look_up(words: list[str]) -> None:
    name, _, extras = words[-1].partition("[")
    known = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    packages = {package.name for found in PACKAGES.values() for package in found}
    assert words[0] == "install"
    assert name == "." or name.replace("-", "_") in packages
    assert set(re.findall(r"[\w-]+", extras)) <= set(known)


@pytest.fixture
def names(request, folder) -> dict[str, object]:
    """What a block of Python leaves behind."""
    left: dict[str, object] = {}
    exec(request.param.replace("minutes=5", "minutes=0.02"), left)
    return left


@pytest.mark.parametrize("names", PYTHON[:1], indirect=True, ids=["images"])
def test_images_come_back_as_the_readme_says(names):
    assert names["larger"].shape == (192, 192, 3)
    assert names["larger"].dtype == np.uint8
    outside = ~ndimage.binary_dilation(names["worse"].mask, np.ones((5, 5)))
    assert np.array_equal(names["filled"][outside], names["worse"].image[outside])
    assert names["doubt"].shape == (96, 96)


@pytest.mark.parametrize("names", PYTHON[1:2], indirect=True, ids=["fine-tuning"])
def test_a_model_is_fine_tuned_as_the_readme_says(names):
    assert names["tuned"].best.psnr >= names["tuned"].best.psnr_start
    assert names["larger"].shape == (128, 128, 3)


@pytest.mark.parametrize("names", PYTHON[2:], indirect=True, ids=["training"])
def test_arrays_train_as_the_readme_says(names):
    assert names["trained"].model.exists()
    assert len(names["search"].rates) == len(names["search"].losses)


def test_every_recipe_is_in_the_readme():
    text = (ROOT / "README.md").read_text()
    assert not [name for name in recipe_names() if f"`{name.removesuffix('-tiny')}`" not in text]


def test_the_pictures_of_the_readme_can_be_made_and_are_there():
    shown = re.findall(r"\((docs/pictures/[\w-]+\.png)\)", (ROOT / "README.md").read_text())
    source = (ROOT / "scripts" / "pictures.py").read_text()
    assert shown
    for path in shown:
        assert Path(path).name in source
        assert (ROOT / path).exists(), f"run: make pictures ({path})"
