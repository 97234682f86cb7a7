"""Take the pictures of the docks for the documentation: each dock runs for real, on scikit-image's cat.

A dock whose model isn't there shows what it says then.

Usage: python scripts/screenshots.py [FOLDER]  (default: docs/pictures; without a screen, under xvfb-run)
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

import napari
import numpy as np
import skimage.data
from qtpy.QtWidgets import QApplication

from napari_decrappify import crappify
from napari_decrappify.files import read_image, write_image
from napari_decrappify.samples import noisy_cells
from napari_decrappify.widgets.fine_tune.dock import RUNS

PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
WINDOW, TALL_WINDOW = (1240, 800), (1300, 900)
TRAINING_MINUTES = 0.4
LONGEST = 300.0  # seconds that a dock may take
EYES = np.s_[60:180, 90:270]
GREY = (0.299, 0.587, 0.114)


class Stroke(NamedTuple):
    """A colour, and where it is painted."""

    color: tuple[int, int, int]
    places: tuple[tuple[int, int], ...]


STROKES = (
    Stroke((140, 146, 88), ((105, 153), (112, 149), (122, 150), (132, 160), (112, 335), (124, 336), (136, 333))),
    Stroke(
        (150, 122, 95), ((40, 200), (70, 240), (90, 280), (170, 230), (150, 80), (200, 120), (250, 200), (200, 300))
    ),
    Stroke((186, 118, 110), ((243, 262), (246, 268), (246, 256))),
    Stroke((104, 122, 74), ((200, 420), (230, 400), (120, 425), (40, 430))),
)
"""Green into both of the cat's eyes, brown into its fur, pink onto its nose, and the leaves behind it."""
MISSED = (72, 204), (172, 204)
"""Ends of the part of a dark scratch on the old photo, beside the eye, that isn't found."""


def main() -> None:
    """Take all pictures."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURES
    folder.mkdir(parents=True, exist_ok=True)
    photo = skimage.data.chelsea()
    marked, crappy = (crappify(photo, preset, seed=2).image for preset in ("stock-watermark", "lesson7"))
    holed = crappify(photo, "infill-freeform", seed=2)
    run(folder, "Crappify", photo, "cat")
    run(folder, "Upscale", photo[EYES], "small cat")
    run(folder, "Restore", crappy, "crappy cat")
    run(folder, "Denoise", noisy_cells()[0][0][0], "noisy cells")
    run(folder, "Remove watermark", marked, "watermarked cat")
    run(folder, "Infill", holed.image, "holed cat", holed.mask)
    colourise(folder, np.rint(photo @ GREY).astype(np.uint8))
    old_photo(folder, crappify(photo, "old-photo", seed=2).image)
    compare(folder, marked)
    models(folder)
    batch(folder)
    fine_tuning(folder)


def run(folder: Path, title: str, image: Any, name: str, mask: Any = None) -> None:
    """Show a dock with its result beside the image."""
    viewer = window(image, name)
    dock = done(viewer, title, mask)
    if dock.run_button.note.value == "Done.":
        side_by_side(viewer)
    shoot(viewer, folder, title)


def colourise(folder: Path, image: Any) -> None:
    """Colour a cat while it is painted: as the model would alone, and after four strokes."""
    viewer = window(image, "grey cat")
    dock = opened(viewer, "Colourise")
    dock.hints.paint_with(STROKES[0].color)
    dock.live.value = True
    followed(dock)
    take(viewer, folder, "dock-colourise-before.png")
    labels = viewer.layers["colours"]
    for stroke in STROKES:
        dock.hints.paint_with(stroke.color)
        with labels.block_history():
            for place in stroke.places:
                labels.paint(place, labels.selected_label)
        followed(dock)
    shoot(viewer, folder, "Colourise")


def old_photo(folder: Path, image: Any) -> None:
    """Repair an old photo, paint a scratch that was missed over, and repair it again with that mask."""
    viewer = window(image, "old photo")
    dock = done(viewer, "Old photo")
    found = viewer.layers["old photo repaired mask"]
    viewer.layers["old photo repaired"].visible = False
    found.brush_size, found.selected_label = 6, 1
    with found.block_history():
        for along in np.linspace(0, 1, 60):
            found.paint(tuple(np.array(MISSED[0]) * (1 - along) + np.array(MISSED[1]) * along), 1)
    take(viewer, folder, "dock-old-photo-mask.png")
    viewer.layers.remove("old photo repaired")
    dock.again.native.click()
    wait_for(dock)
    side_by_side(viewer)
    shoot(viewer, folder, "Old photo")


def compare(folder: Path, image: Any) -> None:
    """Show a result in split view."""
    viewer = window(image, "watermarked cat")
    done(viewer, "Remove watermark")
    viewer.window.remove_dock_widget("all")
    viewer.layers.selection.active = viewer.layers["watermarked cat cleaned"]
    opened(viewer, "Compare").view.value = "split"
    shoot(viewer, folder, "Compare")


def models(folder: Path) -> None:
    """Show the list of models."""
    viewer = window(skimage.data.chelsea(), "cat")
    opened(viewer, "Models").choose("upscale-x2")
    shoot(viewer, folder, "Models")


def batch(folder: Path) -> None:
    """Show what has become of the files of a folder, one of which is no picture, and the first result."""
    place = Path(tempfile.mkdtemp(prefix="decrappify-pictures-"))
    pictures = {
        "astronaut": skimage.data.astronaut()[:160, 120:330],
        "cat": skimage.data.chelsea()[EYES],
        "coffee": skimage.data.coffee()[40:200, 200:400],
        "coins": skimage.data.coins()[:150, :190],
    }
    for name, picture in pictures.items():
        write_image(place / "album" / f"{name}.png", picture)
    (place / "album" / "notes.png").write_text("no picture")
    viewer = window(pictures["astronaut"], "astronaut")
    dock = opened(viewer, "Batch")
    dock.pictures.value = [place / "album"]
    dock.run_button.start.native.click()
    wait_for(dock, "4 of 5 images done, 1 failed.")
    made = read_image(place / "album-upscaled" / "astronaut.png")
    viewer.add_image(made.array, name="astronaut, from its file", scale=(0.5, 0.5))
    side_by_side(viewer)
    shoot(viewer, folder, "Batch")


def window(image: Any, name: str) -> napari.Viewer:
    """Open napari with an image."""
    viewer = napari.Viewer(title="napari", show=True)
    viewer.window.resize(*WINDOW)
    viewer.add_image(image, name=name, rgb=image.ndim == 3)
    return viewer


def opened(viewer: napari.Viewer, title: str) -> Any:
    """Open a dock as the menu does."""
    return viewer.window.add_plugin_dock_widget("napari-decrappify", title)[1]


def done(viewer: napari.Viewer, title: str, mask: Any = None) -> Any:
    """Open a dock and press its button, if it can be pressed; wait for the result."""
    dock = opened(viewer, title)
    if mask is not None:
        viewer.add_labels(mask.astype(np.uint8), name="holes")
    if dock.run_button.start.enabled:
        dock.run_button.start.native.click()
        wait_for(dock)
    return dock


def shoot(viewer: napari.Viewer, folder: Path, title: str, kind: str = "dock") -> None:
    """Save what the window shows, and close it."""
    take(viewer, folder, f"{kind}-{title.lower().replace(' ', '-')}.png")
    viewer.close()
    settle(0.2)


def take(viewer: napari.Viewer, folder: Path, name: str) -> None:
    """Save what the window shows, all of the image in it."""
    viewer.reset_view()
    settle(1.0)
    viewer.screenshot(str(folder / name), canvas_only=False, flash=False)


def fine_tuning(folder: Path) -> None:
    """Show the fine-tuning dock before, during and after a short training on quarters of a photo of coins."""
    os.environ["DECRAPPIFY_HOME"] = tempfile.mkdtemp(prefix="decrappify-pictures-")
    viewer = napari.Viewer(title="napari", show=True)
    viewer.window.resize(*TALL_WINDOW)
    coins = skimage.data.coins()
    for number in range(4):
        y, x = number // 2 * 150, number % 2 * 190
        viewer.add_image(coins[y : y + 150, x : x + 190], name=f"coins {number + 1}")
    dock = opened(viewer, "Fine-tune")
    for layer in list(viewer.layers):
        dock.pictures.layers.check(layer)
    dock.form.minutes.value, dock.form.name_field.value = TRAINING_MINUTES, "my-coins"
    dock.form.settings.field("evaluation.every").value = 10
    dock.pictures.examples.show_some()
    settle(3.0)
    viewer.screenshot(str(folder / "dock-fine-tune.png"), canvas_only=False, flash=False)
    dock.train()
    settle(40 * TRAINING_MINUTES)
    dock.runs.filmstrip.as_layers.value = True
    settle(2.0)
    viewer.screenshot(str(folder / "dock-fine-tune-during.png"), canvas_only=False, flash=False)
    end = time.monotonic() + LONGEST
    while dock.trainings and time.monotonic() < end:
        settle(0.1)
    dock.runs.filmstrip.as_layers.value = False
    viewer.layers.selection.active = viewer.layers["coins 1"]
    dock.compare.run_button.run()
    wait_for(dock.compare)
    viewer.reset_view()
    dock.tabs.setCurrentIndex(RUNS)
    settle(2.0)
    viewer.screenshot(str(folder / "dock-fine-tune-after.png"), canvas_only=False, flash=False)
    viewer.close()
    settle(0.2)


def side_by_side(viewer: napari.Viewer) -> None:
    """Show the source beside its result, labels hidden."""
    for layer in viewer.layers:
        layer.visible = isinstance(layer, napari.layers.Image)
    viewer.canvas.grid.enabled = True
    viewer.canvas.grid.shape = (-1, 1)
    viewer.reset_view()


def wait_for(dock: Any, wanted: str = "Done.") -> None:
    """Let the window live until the job has ended well."""
    end = time.monotonic() + LONGEST
    while dock.run_button.running and time.monotonic() < end:
        settle(0.05)
    if dock.run_button.note.value != wanted:
        raise SystemExit(f"{type(dock).__name__}: {dock.run_button.note.value}")


def followed(dock: Any) -> None:
    """Let the window live until the result has followed the brush."""
    end = time.monotonic() + LONGEST
    while (dock.run_button.running or dock.strokes.waiting) and time.monotonic() < end:
        settle(0.05)


def settle(seconds: float) -> None:
    """Let Qt draw and answer for a while."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        QApplication.processEvents()
        time.sleep(0.01)


if __name__ == "__main__":
    main()
