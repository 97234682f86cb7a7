"""Packages that only volumes need."""

from __future__ import annotations

import importlib
import importlib.metadata
from typing import Any

from ..errors import PluginError


def zarr() -> Any:
    """Return the package zarr.

    Raises
    ------
    PluginError
        If it isn't installed, or too old.
    """
    return _needed("zarr", "zarr 3 or newer, to read and write volumes", "zarr", least=3)


def distributed() -> Any:
    """Return the package dask.distributed.

    Raises
    ------
    PluginError
        If it isn't installed.
    """
    return _needed("distributed", "the package distributed, to work on a cluster", "cluster")


def _needed(package: str, expected: str, extra: str, least: int = 0) -> Any:
    advice = f"pip install 'napari-decrappify[{extra}]'"
    try:
        module = importlib.import_module(package)
    except ImportError as error:
        raise PluginError(expected, "none", advice) from error
    version = importlib.metadata.version(package)
    if int(version.partition(".")[0]) < least:
        raise PluginError(expected, version, advice)
    return module
