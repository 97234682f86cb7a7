"""Print the smallest size of each dock, and of napari's window with it, as a table in Markdown.

tests/gui/test_small_screens.py holds that any two docks fit above each other on a screen of 800 lines.

Usage: python scripts/dock_sizes.py  (without a screen, under xvfb-run)
"""

from __future__ import annotations

import napari
import numpy as np
from npe2 import PluginManager
from qtpy.QtWidgets import QApplication

PLUGIN = "napari-decrappify"
HEADING = "| dock | its smallest size, in pixels | that of napari's window with it |\n| --- | --- | --- |"


def main() -> None:
    """Open each dock beside an image, alone."""
    viewer = napari.Viewer(title="napari", show=True)
    viewer.add_image(np.zeros((40, 48), np.uint8), name="image")
    print(HEADING)  # noqa: T201
    for contribution in PluginManager.instance().get_manifest(PLUGIN).contributions.widgets:
        title = contribution.display_name
        native, _ = viewer.window.add_plugin_dock_widget(PLUGIN, title)
        QApplication.processEvents()
        sizes = (native.minimumSizeHint(), viewer.window._qt_window.minimumSizeHint())
        print("|", " | ".join([title, *(f"{size.width()} x {size.height()}" for size in sizes)]), "|")  # noqa: T201
        viewer.window.remove_dock_widget(native)
        QApplication.processEvents()
    viewer.close()


if __name__ == "__main__":
    main()
