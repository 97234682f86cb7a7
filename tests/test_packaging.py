"""What is built holds what is needed, and napari finds the plugin in it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

from napari_decrappify.training.recipes.files import recipe_names

ROOT = Path(__file__).parent.parent
BUNDLED = Path("src/napari_decrappify/models/bundled")
RECIPES = [f"training/recipes/{name}.toml" for name in recipe_names()]
NEEDED = ("napari.yaml", "py.typed", "__init__.pyi", *RECIPES)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Build the sdist from a copy of the sources, and the wheel from that sdist."""
    folder = tmp_path_factory.mktemp("built")
    sources = folder / "sources"
    unwanted = shutil.ignore_patterns("__pycache__", "*.egg-info")
    shutil.copytree(ROOT / "src", sources / "src", symlinks=True, ignore=unwanted)
    for model in (sources / BUNDLED).glob("*.safetensors"):
        model.write_bytes(b"")  # to compress them takes longer than all else
    for name in ("pyproject.toml", "README.md", "LICENSE", "MANIFEST.in", "napari.yaml"):
        shutil.copy(ROOT / name, sources / name)
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", folder / "dist", sources]
    subprocess.run(command, check=True, capture_output=True)
    return folder / "dist"


def test_the_sdist_holds_the_manifest_and_the_tools_to_build(built):
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"napari.yaml", "src/napari_decrappify/napari.yaml", "pyproject.toml", "LICENSE"} <= names


def test_the_wheel_holds_data_and_models(built):
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        names = set(wheel.namelist())
        manifest = wheel.read("napari_decrappify/napari.yaml").decode()
    assert {f"napari_decrappify/{name}" for name in NEEDED} <= names
    assert manifest == (ROOT / "napari.yaml").read_text()
    bundled = {path.name for path in (ROOT / BUNDLED).glob("*.safetensors")}
    assert {f"napari_decrappify/models/bundled/{name}" for name in bundled} <= names


def test_npe2_finds_the_manifest_in_the_wheel(built, tmp_path):
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        wheel.extractall(tmp_path)
    code = (
        "import napari_decrappify, npe2\n"
        "print(npe2.PluginManifest.from_distribution('napari-decrappify').display_name, napari_decrappify.__file__)"
    )
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment, cwd=tmp_path
    )
    assert done.stdout.startswith("Decrappify ")
    assert str(tmp_path) in done.stdout


def test_the_manifest_in_the_package_is_the_one_at_the_root():
    assert (ROOT / "src/napari_decrappify/napari.yaml").read_text() == (ROOT / "napari.yaml").read_text()


def test_every_dependency_is_used_by_the_package():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    sources = "\n".join(path.read_text() for path in (ROOT / "src").rglob("*.py"))
    modules = {"pillow": "PIL", "scikit-image": "skimage", "dask[array]": "dask"}
    modules |= {"npe2": ""}  # the manifest's own
    for requirement in project["dependencies"]:
        name = requirement.partition(">")[0].strip()
        module = modules.get(name, name.replace("-", "_"))
        assert f"import {module}" in sources or f"from {module}" in sources, f"{name} is declared and not used"
