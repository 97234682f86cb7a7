"""What napari's Preferences say of this plugin, and that it counts."""

from __future__ import annotations

import shutil

import pytest
from npe2 import PluginManifest

from napari_decrappify import upscale
from napari_decrappify.models import list_models, user_folder
from napari_decrappify.parameters import parameters_of
from napari_decrappify.widgets.base import preferences as _preferences
from napari_decrappify.widgets.base.preferences import (
    PAGE,
    PLUGIN,
    for_fields,
    preferences,
)
from napari_decrappify.widgets.restore import RestoreDock
from napari_decrappify.widgets.upscale import UpscaleDock


@pytest.fixture
def page(monkeypatch):
    """Set preferences until the test ends."""
    monkeypatch.setenv("DECRAPPIFY_MODELS", "")
    return lambda name, value: monkeypatch.setattr(preferences(), name, value)


def test_the_manifest_declares_what_the_calls_take():
    declared = PluginManifest.from_distribution(PLUGIN).contributions.configurations[PAGE].properties
    parameters = parameters_of(upscale)
    assert tuple(declared["precision"].enum) == parameters["precision"].choices
    for name, value in for_fields().items():
        assert value == parameters[name].default
    assert all(about.description and about.title for about in declared.values())


def test_napari_keeps_them(plugin_settings, npe2pm, tmp_path):
    from napari import settings

    npe2pm.register(PluginManifest.from_distribution(PLUGIN))
    assert preferences().ask_before_minutes == 10
    preferences().ask_before_minutes = 3
    preferences().device = "cpu"
    assert "ask_before_minutes: 3" in (tmp_path / f"{PLUGIN}.yaml").read_text()
    settings._clear_plugin_settings_cache()
    assert (preferences().ask_before_minutes, preferences().device) == (3, "cpu")


def test_where_napari_does_not_know_the_plugin_the_defaults_count(plugin_settings, npe2pm):
    assert preferences().ask_before_minutes == 10
    assert for_fields() == {"device": "auto", "precision": "auto", "tile": None}


def test_a_dock_starts_from_them(open_dock, page):
    page("device", " cpu ")
    page("precision", "fp32")
    page("tile", 64)
    fields = open_dock(RestoreDock).fields
    assert [fields[name].value for name in ("device", "precision", "tile")] == ["cpu", "fp32", 64]
    page("tile", 5)
    assert fields["tile"].value is None


def test_an_open_dock_follows_what_changes_and_keeps_the_rest(open_dock, page):
    fields = open_dock(RestoreDock).fields
    fields["device"].value = "cpu"
    page("precision", "fp32")
    page("ask_before_minutes", 20)
    assert (fields["precision"].value, fields["device"].value) == ("fp32", "cpu")


def test_models_come_from_the_folder_that_they_name(open_dock, page, tiny_upscaler, tmp_path):
    other = tmp_path / "mine"
    shutil.copytree(user_folder(), other)
    (other / f"{tiny_upscaler}.safetensors").rename(other / "renamed.safetensors")
    dock = open_dock(UpscaleDock)
    page("model_folder", str(other))
    assert user_folder() == other
    assert [card.name for card in list_models("upscale")] == ["renamed"]
    assert "renamed" in dock.model.choices
    dock.model.value = "renamed"
    page("model_folder", "")
    assert tiny_upscaler in dock.model.choices
    assert dock.model.value is None


def test_a_folder_that_the_environment_names_comes_first(open_dock, page, monkeypatch, tmp_path):
    monkeypatch.setattr(_preferences, "GIVEN", str(tmp_path))
    monkeypatch.setenv("DECRAPPIFY_MODELS", str(tmp_path))
    page("model_folder", str(tmp_path / "other"))
    open_dock(RestoreDock)
    assert user_folder() == tmp_path
