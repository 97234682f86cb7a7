"""Every command and every line of Python in the README runs.

Commands run as they stand, in a folder with a photo, a folder of photos and one of fonts.
What takes long runs as a shorter equivalent: `train` with a small net for two steps, `make` as a dry run; of
`pip install` the extras are looked up.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import tomllib
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from PIL import ImageFont

from napari_decrappify.cli import main
from napari_decrappify.files import write_image

ROOT = Path(__file__).parent.parent
BLOCKS = re.findall(r"^```(bash|python)\n(.*?)^```", (ROOT / "README.md").read_text(), re.DOTALL | re.MULTILINE)
COMMANDS = list(dict.fromkeys(line for kind, block in BLOCKS if kind == "bash" for line in block.splitlines()))
PYTHON = [block for kind, block in BLOCKS if kind == "python"]
SETTINGS = [
    "stages.0.steps=2",
    *("data.patch=32", "data.batch=2", "data.workers=0", "data.context=0"),
    *("evaluation.every=2", "evaluation.pictures=1", "evaluation.size=32"),
]
NETS = {"upscale-x2": "{scale = 2, width = 4, blocks = 1}", "watermark": "{widths = [4, 8], middle = 1}"}


@pytest.fixture
def folder(tmp_path, monkeypatch, user_folder):
    photo = skimage.data.chelsea()[:70, :80]
    write_image(tmp_path / "photo.jpg", photo)
    for number in range(3):
        write_image(tmp_path / "photos" / "more" / f"{number}.png", np.roll(photo, 20 * number, axis=1))
    (tmp_path / "fonts").mkdir()
    (tmp_path / "fonts" / "default.ttf").write_bytes(ImageFont.load_default(12).font_bytes)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("line", COMMANDS)
def test_a_command_of_the_readme_runs(folder, line):
    program, *words = shlex.split(line, comments=True)
    {"napari-decrappify": run_program, "make": run_make, "pip": look_up}[program](words)


def run_program(words: list[str]) -> None:
    if words[0] == "train":
        settings = [*SETTINGS, f"generator.options={NETS[words[1]]}"]
        words += [part for setting in settings for part in ("--set", setting)]
    assert main(words) == 0


def run_make(words: list[str]) -> None:
    subprocess.run(["make", "--dry-run", "--directory", ROOT, *words], check=True, capture_output=True)


def look_up(words: list[str]) -> None:
    extras = re.findall(r"[\w-]+", words[-1].partition("[")[2])
    assert words[0] == "install"
    assert set(extras) <= set(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"])


@pytest.mark.parametrize("code", PYTHON)
def test_the_python_of_the_readme_runs(folder, code):
    names: dict[str, object] = {}
    exec(code, names)
    assert names["larger"].shape == (192, 192, 3)
    assert names["larger"].dtype == np.uint8


def test_the_pictures_of_the_readme_can_be_made_and_are_there():
    shown = re.findall(r"\((docs/pictures/[\w-]+\.png)\)", (ROOT / "README.md").read_text())
    source = (ROOT / "scripts" / "pictures.py").read_text()
    assert shown
    for path in shown:
        assert Path(path).name in source
        assert (ROOT / path).exists(), f"run: make pictures ({path})"
