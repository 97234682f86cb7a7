from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from npe2 import PluginManifest

ROOT = Path(__file__).parents[1]
PACKAGED = ROOT / "src" / "napari_decrappify" / "napari.yaml"


@pytest.fixture(scope="module")
def manifest():
    return PluginManifest.from_distribution("napari-decrappify")


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """The sdist and the wheel made from it, of a copy of the sources, so that nothing is left in the checkout."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("dist")
    for name in ("pyproject.toml", "README.md", "LICENSE", "napari.yaml", "MANIFEST.in"):
        if (ROOT / name).exists():
            shutil.copy(ROOT / name, source)
    skip = shutil.ignore_patterns("__pycache__", "*.egg-info")
    shutil.copytree(ROOT / "src", source / "src", symlinks=True, ignore=skip)
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(source)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return out


def test_npe2_finds_the_manifest_valid(manifest):
    assert manifest.name == "napari-decrappify"
    assert PluginManifest.from_file(ROOT / "napari.yaml").contributions == manifest.contributions


def test_everything_that_the_manifest_names_can_be_imported(manifest):
    manifest.validate_imports()


def test_the_packaged_manifest_is_the_one_at_the_root():
    assert PACKAGED.read_bytes() == (ROOT / "napari.yaml").read_bytes()


def test_there_is_a_dock_and_a_menu_entry_for_each_operation(manifest):
    docks = {widget.display_name: widget.command for widget in manifest.contributions.widgets}
    assert set(docks) == {"Crappify", "Upscale", "Remove watermark"}
    entries = {item.command for item in manifest.contributions.menus["napari-decrappify/filter"]}
    assert entries == set(docks.values())


def test_samples_are_offered(manifest):
    assert [sample.display_name for sample in manifest.contributions.sample_data] == [
        "Cat with a stock watermark",
        "Crappy cat",
        "Small cat to upscale",
    ]


def test_the_sdist_holds_the_manifest(built):
    [sdist] = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        [member] = [name for name in archive.getnames() if name.endswith("src/napari_decrappify/napari.yaml")]
        file = archive.extractfile(member)
        assert file is not None
        assert file.read() == PACKAGED.read_bytes()


def test_the_wheel_holds_the_manifest_its_entry_point_and_the_type_marker(built):
    [wheel] = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        assert archive.read("napari_decrappify/napari.yaml") == PACKAGED.read_bytes()
        [entry_points] = [name for name in names if name.endswith("entry_points.txt")]
        assert "napari-decrappify = napari_decrappify:napari.yaml" in archive.read(entry_points).decode()
    assert "napari_decrappify/py.typed" in names


def test_the_wheel_holds_every_bundled_model_and_recipe(built):
    [wheel] = built.glob("*.whl")
    package = PACKAGED.parent
    data = [*package.glob("models/bundled/*.safetensors"), *package.glob("training/recipes/*.toml")]
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert {f"napari_decrappify/{path.relative_to(package).as_posix()}" for path in data} <= names
