"""The plugin's page in napari's Preferences: declared in the manifest, kept by napari in a file beside its own.

Where napari doesn't know the plugin (it is disabled, or not installed), the manifest's defaults count.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from napari.settings import get_plugin_settings
from npe2 import PluginManifest

from ...apply.tasks import upscale
from ...parameters import parameters_of
from ..models.folder_watcher import watch_model_folder
from .models_changed import models_changed

PLUGIN, PAGE = "napari-decrappify", "running"
LEAST_TILE = parameters_of(upscale)["tile"].doc.minimum
MODELS = "DECRAPPIFY_MODELS"
GIVEN = os.environ.get(MODELS)  # who starts napari with it means it


def preferences() -> Any:
    """Return the page: its attributes are the manifest's properties of `PAGE`."""
    try:
        return getattr(get_plugin_settings(PLUGIN), PAGE)
    except KeyError:
        return _defaults()


def on_change(slot: Callable[..., None]) -> None:
    """Call a method, which isn't kept alive for it, whenever something on the page changes."""
    page = preferences()
    if not isinstance(page, SimpleNamespace):
        page.events.connect(slot)


def for_fields() -> dict[str, Any]:
    """Return what docks' fields start from, by the names of the calls' parameters."""
    page = preferences()
    tile = page.tile if page.tile >= LEAST_TILE else None
    return {"device": page.device.strip() or "auto", "precision": page.precision, "tile": tile}


def use_model_folder() -> None:
    """Let the store, and the processes that this one starts, look for the user's models where the page says.

    It follows what the page says from now on, and what happens there, and tells who lists models.
    """
    page = preferences()
    if not isinstance(page, SimpleNamespace):
        page.events.model_folder.connect(_on_model_folder)
    _name_folder(page.model_folder.strip())
    watch_model_folder()


def _on_model_folder(event: Any) -> None:
    _name_folder(event.value.strip())
    watch_model_folder()
    models_changed()


def _name_folder(folder: str) -> None:
    if GIVEN is not None:
        return
    if folder:
        os.environ[MODELS] = str(Path(folder).expanduser())
    else:
        os.environ.pop(MODELS, None)


@functools.cache
def _defaults() -> SimpleNamespace:
    manifest = PluginManifest.from_file(Path(__file__).parents[2] / "napari.yaml")
    declared = manifest.contributions.configurations[PAGE].properties
    return SimpleNamespace(**{key: about.default for key, about in declared.items()})
