"""Every command and every line of Python in the README and on the pages of the site runs.

Commands run as they stand, block by block, in a folder with a photo, a folder of photos and one of fonts; Python as a
script in a process of its own.
What takes long runs as a shorter equivalent: a recipe by its tiny variant, or with a small net for two steps; a search
for a rate with five tries, where no command says what was found; `make` as a dry run; of `pip install` the extras and
packages are looked up.
"""

from __future__ import annotations

import pickle
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import skimage.data
from PIL import ImageFont
from scipy import ndimage

from napari_decrappify.cli import main
from napari_decrappify.files import write_image
from napari_decrappify.finetuning import runs
from napari_decrappify.models.pretrained import PACKAGES
from napari_decrappify.quality import psnr
from napari_decrappify.training.recipes.files import recipe_names

ROOT = Path(__file__).parent.parent
ELSEWHERE = (
    "benchmarks.md",  # says by which command it was made: minutes, on pictures that aren't here
    "clusters.md",  # needs a scheduler, SLURM or GPUs; tests/volumes/test_cluster.py does the same on one machine
)
PAGES = [ROOT / "README.md", *(page for page in sorted((ROOT / "docs").glob("*.md")) if page.name not in ELSEWHERE)]
BLOCK = re.compile(r"^```(bash|python)\n(.*?)^```", re.DOTALL | re.MULTILINE)
BLOCKS = [(page.name, kind, block) for page in PAGES for kind, block in BLOCK.findall(page.read_text())]
COMMANDS = [(name, block.splitlines()) for name, kind, block in BLOCKS if kind == "bash"]
PYTHON = [(name, block) for name, kind, block in BLOCKS if kind == "python"]
LEFT = {
    "README.md": ["larger", "worse", "filled", "doubt"],
    "images.md": ["stack", "double"],
    "old-photos.md": ["scan", "mended", "damage", "fresh"],
    "noisy-data.md": ["tuned", "cleaner"],
    "own-model.md": ["tuned", "larger"],
    "train.md": ["trained", "search"],
    "troubleshooting.md": ["found"],
    "watermarks.md": ["made", "free", "changed", "told", "loose", "photos", "marked", "freed", "mark", "single"],
}
"""Names that the blocks of Python on each page give to what comes of it."""
SETTINGS = [
    "stages=[{kind = 'pretrain-generator', steps = 2, lr = 1e-3}]",
    *("data.patch=48", "data.batch=2", "data.workers=0", "data.context=0"),
    *("evaluation.every=2", "evaluation.pictures=1", "evaluation.size=48"),
]
TWO_STEPS = ["stages.0.steps=2", "evaluation.every=2", "evaluation.pictures=1", "data.workers=0"]
"""What `finetune` is told: so many steps, however fast the machine is."""
SMALL_UNET = "{widths = [4, 8], middle = 1}"
NETS = {
    "upscale-x2": "{scale = 2, width = 4, blocks = 1}",
    "upscale-x4": "{scale = 4, width = 32, blocks = 1}",  # as wide as upscale-x2, whose trunk it takes
    **dict.fromkeys(("upscale-x4-sharp", "em-x4", "fluorescence-x4"), "{scale = 4, width = 32, blocks = 1}"),
    "upscale-x3": "{scale = 3, width = 32, blocks = 1}",
    **dict.fromkeys(("watermark-finder", "old-photo", "infill", "restore", "denoise"), SMALL_UNET),
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


@pytest.mark.parametrize("lines", [pytest.param(lines, id=f"{name}: {lines[0]}") for name, lines in COMMANDS])
def test_the_commands_run(folder, lines):
    programs = {"napari-decrappify": run_program, "torchrun": run_several, "make": run_make, "pip": look_up}
    for line in lines:
        program, *words = shlex.split(line, comments=True)
        programs[program](words)


def run_program(words: list[str]) -> None:
    code = main(shortened(words))
    if words[0] == "finetune":  # in two steps it may say that nothing beat the start, by its exit code
        (done,) = runs()
        assert (code, done.state) in ((0, "finished"), (1, "finished"))
    else:
        assert code == 0


def run_several(words: list[str]) -> None:
    """Run alone what `torchrun` is to run twice; tests/training/test_distributed.py runs it twice."""
    *several, module = words[: words.index("train")]
    assert (several, module) == (["--nproc-per-node", "2", "-m"], "napari_decrappify")
    run_program(words[words.index("train") :])


def shortened(words: list[str]) -> list[str]:
    """Let `train` and `lr-find` take the tiny variant of a recipe, or a small net; give `finetune` two steps."""
    if words[0] == "finetune":
        return [*words, "--patch", "32", "--set", *TWO_STEPS]
    if words[0] not in ("train", "lr-find"):
        return words
    command, name, *rest = words
    if name in NETS:
        return [*words, "--set", *SETTINGS, f"generator.options={NETS[name]}"]
    return [command, f"{name}-tiny", *rest, "--set", f"name={name}", "evaluation.pictures=1"]


def run_make(words: list[str]) -> None:
    subprocess.run(["make", "--dry-run", "--directory", ROOT, *words], check=True, capture_output=True)


def look_up(words: list[str]) -> None:
    name, _, extras = words[-1].partition("[")
    known = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    packages = {package.name for found in PACKAGES.values() for package in found}
    assert words[0] == "install"
    assert name == "." or name.replace("-", "_") in packages
    assert set(re.findall(r"[\w-]+", extras)) <= set(known)


def left_by(script: Path) -> dict[str, dict[str, Any]]:
    """Run all blocks of Python as one script, as a reader would; return what each page leaves under its names."""
    blocks = []
    for (page, block), (following, _) in zip(PYTHON, [*PYTHON[1:], ("", "")], strict=True):
        names = LEFT[page] if page != following else []
        kept = f"dict(zip({names}, [{', '.join(names)}]))"
        keep = f"import pickle; pickle.dump({kept}, open('{page}.pickle', 'wb'))"
        quick = block.replace("minutes=5", f"minutes=5, overrides={TWO_STEPS}").replace("tries=30", "tries=5")
        blocks.append(quick + keep)
    script.write_text("\n".join(blocks), encoding="utf-8")
    subprocess.run([sys.executable, script], check=True, timeout=600, stdout=subprocess.DEVNULL)
    return {page: pickle.loads(Path(f"{page}.pickle").read_bytes()) for page, _ in PYTHON}


def test_the_python_runs_as_a_script_that_has_no_guard(folder):
    left = left_by(folder / "script.py")
    images, old, tuning, training = (left[page] for page in ("README.md", "old-photos.md", "own-model.md", "train.md"))
    assert set(left) == set(LEFT)
    marks = left["watermarks.md"]
    assert images["larger"].shape == (192, 192, 3)
    assert images["larger"].dtype == np.uint8
    outside = ~ndimage.binary_dilation(images["worse"].mask, np.ones((5, 5)))
    assert np.array_equal(images["filled"][outside], images["worse"].image[outside])
    assert images["doubt"].shape == (96, 96)
    assert left["images.md"]["double"].shape == (2, 96, 128)
    assert left["images.md"]["double"].dtype == np.uint16
    assert np.array_equal(marks["free"][~marks["changed"]], marks["made"].image[~marks["changed"]])
    assert np.array_equal(marks["told"][~marks["loose"]], marks["made"].image[~marks["loose"]])
    assert psnr(marks["freed"], marks["photos"]) > psnr(marks["marked"], marks["photos"]) + 10
    assert np.array_equal(marks["single"], marks["freed"][0])
    assert old["damage"].any()
    assert np.array_equal(old["mended"][~old["damage"]], old["scan"][~old["damage"]])
    assert old["fresh"].shape == (120, 120, 3)
    assert tuning["tuned"].best.psnr >= tuning["tuned"].best.psnr_start
    assert tuning["larger"].shape == (128, 128, 3)
    assert training["trained"].model.exists()
    assert len(training["search"].rates) == len(training["search"].losses)


def test_every_recipe_is_on_the_page_about_training():
    text = (ROOT / "docs" / "train.md").read_text()
    assert not [name for name in recipe_names() if f"`{name.removesuffix('-tiny')}`" not in text]


def test_the_pictures_of_the_readme_can_be_made_and_are_there():
    shown = re.findall(r"\((docs/pictures/[\w-]+\.png)\)", (ROOT / "README.md").read_text())
    pictures, docks = ((ROOT / "scripts" / name).read_text() for name in ("pictures.py", "screenshots.py"))
    assert shown
    for path in map(Path, shown):
        title = path.stem.removeprefix("dock-").replace("-", " ").capitalize()
        assert path.name in pictures or f'"{title}"' in docks
        assert (ROOT / path).exists(), f"run: make pictures ({path})"
