"""Go two ways through napari as users do, from files to files, and take the pictures of docs/walks.md.

A noisy stack is denoised, measured, saved as OME-TIFF, and denoised again by the script that the dock gives, which is
run; an album of old photos is repaired by the Batch dock. Prints what was measured.

Usage: python scripts/walks.py [FOLDER]  (default: docs/pictures; without a screen, under xvfb-run)
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import napari
import numpy as np
import skimage.data
from qtpy.QtWidgets import QApplication
from screenshots import (
    PICTURES,
    opened,
    settle,
    shoot,
    side_by_side,
    wait_for,
    window,
)
from skimage.filters import threshold_otsu
from skimage.measure import label, regionprops_table

from napari_decrappify import crappify
from napari_decrappify.files import (
    Metadata,
    Resolution,
    read_image,
    write_image,
)
from napari_decrappify.samples.cells import cells
from napari_decrappify.samples.micrographs import VOXEL, noisy_cells
from napari_decrappify.samples.photos import SEED

SMALLEST = 40  # voxels of a nucleus; less is noise
ALBUM = ("astronaut", "chelsea", "coffee", "camera")
SIDE = 300


def main() -> None:
    """Go both ways."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURES
    place = Path(tempfile.mkdtemp(prefix="decrappify-walks-"))
    noisy_stack(folder, place)
    album(folder, place)


def noisy_stack(folder: Path, place: Path) -> None:
    """Denoise, measure, save, and do it again without a window."""
    noisy = noisy_cells()[0][0]
    write_image(place / "cells.tif", noisy, Metadata("TIFF", "ZYX", noisy.shape[1:], Resolution(1e5, 1e5, "cm")))
    viewer = napari.Viewer(title="napari", show=True)
    viewer.window.resize(1240, 800)
    viewer.open(place / "cells.tif", plugin="napari")
    layer = viewer.layers["cells"]
    layer.scale, layer.units, layer.colormap = VOXEL, ("um",) * 3, "green"
    layer.contrast_limits = np.percentile(noisy, (0.1, 99.9))
    viewer.dims.set_current_step(0, len(noisy) // 2)
    dock = opened(viewer, "Denoise")
    dock.run_button.start.native.click()
    wait_for(dock)
    result = viewer.layers["cells denoised"]
    dock.copy_button.native.click()
    script = place / "denoise_cells.py"
    script.write_text(QApplication.clipboard().text(), encoding="utf-8")
    side_by_side(viewer)
    settle(1.0)
    viewer.screenshot(str(folder / "walk-stack-denoised.png"), canvas_only=False, flash=False)
    found, _ = nuclei(result.data)
    outlines = viewer.add_labels(found, name="nuclei", scale=VOXEL, units=("um",) * 3)
    outlines.contour = 2
    viewer.canvas.grid.enabled = False
    viewer.reset_view()
    result.save(str(place / "cells denoised.ome.tif"), plugin="napari-decrappify")
    shoot(viewer, folder, "stack measured", "walk")
    again(script, place, result.data)
    for name, stack in (("noisy", noisy), ("denoised", result.data), ("drawn", cells(SEED))):
        _, table = nuclei(stack)
        print(f"{name}: {len(table['area'])} nuclei, {np.median(table['area']):.1f} cubic micrometres")  # noqa: T201


def nuclei(stack: Any) -> tuple[Any, dict[str, Any]]:
    """Label what is bright in a stack; return the labels, and volume and brightness of each."""
    found = label(stack > threshold_otsu(stack))
    sizes = np.bincount(found.ravel())
    print(f"{len(sizes) - 1} pieces above the threshold, {np.sum(sizes[1:] < SMALLEST)} of them specks")  # noqa: T201
    found[np.isin(found, np.flatnonzero(sizes < SMALLEST))] = 0
    return found, regionprops_table(found, stack, properties=("area", "intensity_mean"), spacing=VOXEL)


def again(script: Path, place: Path, expected: Any) -> None:
    """Run the script in a process of its own, and compare what it writes, and what napari saved, with the layer."""
    print(script.read_text(encoding="utf-8"))  # noqa: T201
    subprocess.run([sys.executable, str(script)], check=True)
    for name in ("cells-restored.tif", "cells denoised.ome.tif"):
        image = read_image(place / name)
        same = np.array_equal(image.array, expected)
        print(f"{name}: {'the same pixels' if same else 'OTHER PIXELS'}, {image.metadata}")  # noqa: T201


def album(folder: Path, place: Path) -> None:
    """Repair a folder of old photos."""
    for number, name in enumerate(ALBUM):
        photo = getattr(skimage.data, name)()[:SIDE, 60 : 60 + SIDE]
        write_image(place / "album" / f"{name}.png", crappify(photo, "old-photo", seed=number).image)
    viewer = window(read_image(place / "album" / "chelsea.png").array, "chelsea")
    dock = opened(viewer, "Batch")
    dock.pictures.value, dock.task.value = [place / "album"], "old-photo"
    dock.form.fields["grain"].value = True
    dock.run_button.start.native.click()
    wait_for(dock, f"{len(ALBUM)} of {len(ALBUM)} images done.")
    made = read_image(place / "album-mended" / "chelsea.png").array
    viewer.add_image(made, name="chelsea, from its file")
    side_by_side(viewer)
    shoot(viewer, folder, "album", "walk")


if __name__ == "__main__":
    main()
