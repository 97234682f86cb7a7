"""Importing the package is cheap, and everything public is there when it is asked for."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
import time

import pytest

import napari_decrappify

HEAVY = ("torch", "napari", "qtpy", "magicgui", "pydantic", "skimage", "scipy", "tifffile", "PIL", "numpy", "dask")


def run_python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout


def seconds(code: str) -> float:
    def once() -> float:
        started = time.perf_counter()
        run_python(code)
        return time.perf_counter() - started

    return min(once() for _ in range(3))


def test_importing_takes_less_than_three_tenths_of_a_second():
    assert seconds("import napari_decrappify") - seconds("pass") < 0.3


@pytest.mark.parametrize("name", napari_decrappify.__all__)
def test_every_public_name_is_there(name):
    assert name in dir(napari_decrappify)
    assert getattr(napari_decrappify, name) is not None


def test_the_version_is_that_of_the_distribution():
    assert napari_decrappify.__version__ == importlib.metadata.version("napari-decrappify")


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="enhance"):
        napari_decrappify.enhance  # noqa: B018
