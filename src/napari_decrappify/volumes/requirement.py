"""Packages that only volumes need."""

from __future__ import annotations

import importlib
import importlib.metadata
import re
from typing import Any

from ..errors import PluginError

ZARR = (3, 1, 6)
"""Since then, at the latest, chunks appear whole or not at all."""


def zarr() -> Any:
    """Return the package zarr.

    Raises
    ------
    PluginError
        If it isn't installed, or too old.
    """
    return _needed("zarr", f"zarr {'.'.join(map(str, ZARR))} or newer, to read and write volumes", "zarr", ZARR)


def distributed() -> Any:
    """Return the package dask.distributed.

    Raises
    ------
    PluginError
        If it isn't installed.
    """
    return _needed("distributed", "the package distributed, to work on a cluster", "cluster")


def _needed(package: str, expected: str, extra: str, least: tuple[int, ...] = ()) -> Any:
    advice = f"pip install 'napari-decrappify[{extra}]'"
    try:
        module = importlib.import_module(package)
    except ImportError as error:
        raise PluginError(expected, "none", advice) from error
    version = importlib.metadata.version(package)
    if tuple(map(int, re.findall(r"\d+", version)[: len(least)])) < least:
        raise PluginError(expected, version, advice)
    return module
