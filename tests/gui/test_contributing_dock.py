"""The dock of CONTRIBUTING.md opens, runs, and does what its call does."""

from __future__ import annotations

import re
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

from napari_decrappify import restore

PAGE = (Path(__file__).parent.parent.parent / "CONTRIBUTING.md").read_text()
(DOCK,) = re.findall(r"^   ```python\n(   # deblur_dock\.py\n.*?)   ```", PAGE, re.DOTALL | re.MULTILINE)


@pytest.fixture
def dock_class(tmp_path, monkeypatch):
    (tmp_path / "deblur_dock.py").write_text(textwrap.dedent(DOCK))
    monkeypatch.syspath_prepend(tmp_path)
    from deblur_dock import DeblurDock

    yield DeblurDock
    del sys.modules["deblur_dock"]


def test_the_dock_adds_what_the_call_on_the_array_gives(viewer, dock_class, open_with, finish, tiny_restorer):
    picture = np.random.default_rng(0).integers(0, 255, (40, 48, 3)).astype(np.uint8)
    dock = open_with(dock_class, "tiny_restorer")
    viewer.add_image(picture, name="cat")
    finish(dock)
    np.testing.assert_array_equal(viewer.layers[-1].data, restore(picture, model=tiny_restorer, device="cpu"))
