"""The scripts that the docks put on the clipboard, run from file to file by a Python that has no window."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
from napari.layers import Image

from napari_decrappify.files import (
    Metadata,
    Resolution,
    read_image,
    write_image,
)
from napari_decrappify.widgets.base.dock import COPIED
from napari_decrappify.widgets.colorize.dock import ColorizeDock
from napari_decrappify.widgets.crappify.dock import CrappifyDock
from napari_decrappify.widgets.fine_tune.dock import FineTuneDock
from napari_decrappify.widgets.infill.dock import InfillDock
from napari_decrappify.widgets.old_photo import OldPhotoDock
from napari_decrappify.widgets.remove_watermark import RemoveWatermarkDock
from napari_decrappify.widgets.restore import DenoiseDock, RestoreDock
from napari_decrappify.widgets.upscale import UpscaleDock

pytestmark = pytest.mark.usefixtures("bare_viewer")

DOCKS = {
    CrappifyDock: None,
    UpscaleDock: "tiny_upscaler",
    RestoreDock: "tiny_restorer",
    DenoiseDock: "tiny_restorer",
    RemoveWatermarkDock: "tiny_watermark",
    InfillDock: "tiny_infill",
    ColorizeDock: "tiny_colorizer",
    OldPhotoDock: "tiny_photo",
}
PROGRAM = """
import pathlib, runpy, sys, warnings
from napari_decrappify.models import store
warnings.simplefilter("ignore")
store.bundled_folder = lambda: pathlib.Path("none")
for script in sys.argv[1:]:
    runpy.run_path(script, run_name="__main__")
assert "qtpy.QtWidgets" not in sys.modules
"""
MICRONS = Resolution(5000.0, 5000.0, "cm")


def run(scripts, folder):
    """Save scripts, and run them one after the other in one fresh process without a display, with the same models."""
    paths = [folder / f"script{number}.py" for number in range(len(scripts))]
    for path, text in zip(paths, scripts, strict=True):
        path.write_text(text, encoding="utf-8")
    headless = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "QT_QPA_PLATFORM")}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *map(str, paths)],
        cwd=folder,
        env=headless | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr[-3000:]


def stack(side=40):
    return np.random.default_rng(0).integers(300, 4000, (2, side, side)).astype(np.uint16)


def opened(viewer, folder, name, pixels):
    """Save an image with a pixel size, and open it as File > Open does."""
    path = folder / f"{name}.tif"
    write_image(path, pixels, Metadata("TIFF", "ZYX", pixels.shape[-2:], MICRONS))
    viewer.open(path, plugin="napari")
    return viewer.layers[name]


@pytest.fixture
def copied(viewer, open_dock, finish, tmp_path, clipboard, request):
    """Run a dock on an image from a file; return the script that it gives, and the pixels that it made."""

    def press(kind, fixture):
        model, layer = fixture and request.getfixturevalue(fixture), opened(viewer, tmp_path, kind.__name__, stack())
        if kind is InfillDock:
            viewer.add_labels(stack() > 3900, name="holes")
        dock = open_dock(kind)
        if model is not None:
            dock.model.value, dock.fields["device"].value = model, "cpu"
        finish(dock)
        dock.copy_button.native.click()
        assert dock.run_button.note.value == COPIED
        made = next(one for one in viewer.layers if isinstance(one, Image) and one.name.startswith(f"{layer.name} "))
        viewer.layers.clear()
        return clipboard.text(), made.data

    return press


@pytest.fixture
def training_script(viewer, open_dock, set_up, tmp_path):
    """The script of a fine-tuning on images from files; it trains in its own process, to spare one."""
    for name in ("one", "two", "three", "four"):
        opened(viewer, tmp_path, name, stack(64))
    changes = {"stages.0.steps": 2, "evaluation.every": 1, "evaluation.pictures": 1}
    dock = set_up(open_dock(FineTuneDock), changes)
    dock.form.name_field.value = "headless"
    text = dock.script()
    viewer.layers.clear()
    assert "child=True" in text
    return text.replace("child=True", "child=False")


def test_the_scripts_of_all_docks_go_from_file_to_file(copied, tmp_path, tiny_upscaler, training_script):
    made = {kind.__name__: copied(kind, fixture) for kind, fixture in DOCKS.items()}
    run([*(text for text, _ in made.values()), training_script], tmp_path)
    for name, (_, pixels) in made.items():
        (written,) = tmp_path.glob(f"{name}-*")
        image = read_image(written)
        np.testing.assert_array_equal(image.array, pixels, err_msg=name)
        assert image.metadata.resolution.x == MICRONS.x * pixels.shape[2] / 40, name
    assert list(tmp_path.rglob("headless*.safetensors"))
