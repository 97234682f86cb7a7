"""Take the pictures of the docks for the documentation: each dock runs for real, on scikit-image's cat.

A dock whose model isn't there shows what it says then.

Usage: python scripts/screenshots.py [FOLDER]  (default: docs/pictures; without a screen, under xvfb-run)
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import napari
import numpy as np
import skimage.data
from qtpy.QtWidgets import QApplication

from napari_decrappify import crappify
from napari_decrappify.widgets._dock import Dock
from napari_decrappify.widgets.colorize import ColorizeDock
from napari_decrappify.widgets.crappify import CrappifyDock
from napari_decrappify.widgets.infill import InfillDock
from napari_decrappify.widgets.remove_watermark import RemoveWatermarkDock
from napari_decrappify.widgets.restore import RestoreDock
from napari_decrappify.widgets.upscale import UpscaleDock

PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
WINDOW = (1240, 800)
LONGEST = 300.0  # seconds that a dock may take
EYES = np.s_[60:180, 90:270]
GREY = (0.299, 0.587, 0.114)


def main() -> None:
    """Take all pictures."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURES
    folder.mkdir(parents=True, exist_ok=True)
    photo = skimage.data.chelsea()
    marked, crappy = (crappify(photo, preset, seed=2).image for preset in ("stock-watermark", "lesson7"))
    holed = crappify(photo, "infill-freeform", seed=2)
    grey = np.rint(photo @ GREY).astype(np.uint8)
    take(folder / "dock-crappify.png", CrappifyDock, "Crappify", photo, "cat", preset="lesson7")
    take(folder / "dock-upscale.png", UpscaleDock, "Upscale", photo[EYES], "small cat")
    take(folder / "dock-restore.png", RestoreDock, "Restore", crappy, "crappy cat")
    take(folder / "dock-remove-watermark.png", RemoveWatermarkDock, "Remove watermark", marked, "watermarked cat")
    take(folder / "dock-infill.png", InfillDock, "Infill", holed.image, "holed cat", holed.mask)
    take(folder / "dock-colorize.png", ColorizeDock, "Colourise", grey, "grey cat")


def take(
    path: Path,
    kind: type[Dock],
    title: str,
    image: np.ndarray[Any, Any],
    name: str,
    mask: np.ndarray[Any, Any] | None = None,
    **choices: Any,
) -> None:
    """Open a picture and a dock, press its button, wait for the result, and save what the window shows."""
    viewer = napari.Viewer(title="napari", show=True)
    viewer.window.resize(*WINDOW)
    viewer.add_image(image, name=name, rgb=image.ndim == 3)
    dock = kind(viewer)
    viewer.window.add_dock_widget(dock, name=f"{title} (Decrappify)")
    if mask is not None:
        viewer.add_labels(mask.astype(np.uint8), name="holes")
    for field, value in choices.items():
        getattr(dock, field).value = value
    if dock.run_button.start.enabled:
        dock.run_button.start.native.click()
        wait_for(dock)
    side_by_side(viewer)
    settle(1.0)
    viewer.screenshot(str(path), canvas_only=False, flash=False)
    viewer.close()
    settle(0.2)


def side_by_side(viewer: napari.Viewer) -> None:
    """Show the source beside its result, labels hidden."""
    for layer in viewer.layers:
        layer.visible = isinstance(layer, napari.layers.Image)
    viewer.canvas.grid.enabled = True
    viewer.canvas.grid.shape = (-1, 1)
    viewer.reset_view()


def wait_for(dock: Dock) -> None:
    """Let the window live until the job has ended well."""
    end = time.monotonic() + LONGEST
    while dock.run_button.running and time.monotonic() < end:
        settle(0.05)
    if dock.run_button.note.value != "Done.":
        raise SystemExit(f"{type(dock).__name__}: {dock.run_button.note.value}")


def settle(seconds: float) -> None:
    """Let Qt draw and answer for a while."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        QApplication.processEvents()
        time.sleep(0.01)


if __name__ == "__main__":
    main()
