from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from xml.etree import ElementTree

import pytest
from npe2 import PluginManifest

ROOT = Path(__file__).parents[1]
PACKAGED = ROOT / "src" / "napari_decrappify" / "napari.yaml"


@pytest.fixture(scope="module")
def manifest():
    return PluginManifest.from_distribution("napari-decrappify")


def test_npe2_finds_the_manifest_valid(manifest):
    assert manifest.name == "napari-decrappify"
    assert PluginManifest.from_file(ROOT / "napari.yaml").contributions == manifest.contributions


def test_everything_that_the_manifest_names_can_be_imported(manifest):
    manifest.validate_imports()


def test_the_packaged_manifest_is_the_one_at_the_root():
    assert PACKAGED.read_bytes() == (ROOT / "napari.yaml").read_bytes()


def test_there_is_a_dock_and_a_menu_entry_for_each_operation(manifest):
    docks = {widget.display_name: widget.command for widget in manifest.contributions.widgets}
    tasks = {"Crappify", "Upscale", "Restore", "Denoise", "Remove watermark", "Infill", "Colourise"}
    assert tasks | {"Compare", "Models", "Batch"} <= set(docks)
    entries = {item.command for item in manifest.contributions.menus["napari-decrappify/filter"]}
    assert entries == set(docks.values())
    submenus = {submenu.id: submenu.label for submenu in manifest.contributions.submenus}
    assert [submenus[item.submenu] for item in manifest.contributions.menus["napari/layers/filter"]] == ["Decrappify"]


def test_samples_are_offered(manifest):
    assert [sample.display_name for sample in manifest.contributions.sample_data] == [
        "Cat with a stock watermark",
        "Crappy cat",
        "Small cat to upscale",
        "Cat with holes",
        "Noisy cells",
        "EM tile to upscale",
    ]


def test_layers_can_be_saved_one_by_one_and_as_channels(manifest):
    writers = {writer.layer_types[0]: writer for writer in manifest.contributions.writers}
    assert {kind: writer.command.partition(".")[2] for kind, writer in writers.items()} == {
        "image": "write_layer",
        "labels": "write_layer",
        "image{2,99}": "write_channels",
    }
    assert {writer.filename_extensions[0] for writer in writers.values()} == {".ome.tif"}


def test_the_icon_is_a_drawing_that_the_package_holds(manifest):
    package, _, name = manifest.icon.partition(":")
    svg = ElementTree.fromstring(files(package).joinpath(name).read_text())
    assert svg.tag.endswith("svg")
