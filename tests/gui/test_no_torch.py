"""Torch takes seconds to import: it may not hold up the window when a dock opens, and is loaded a moment later."""

from __future__ import annotations

DOCKS = {
    "crappify.dock": "CrappifyDock",
    "upscale": "UpscaleDock",
    "restore": "RestoreDock",
    "remove_watermark": "RemoveWatermarkDock",
    "infill.dock": "InfillDock",
    "colorize.dock": "ColorizeDock",
    "old_photo": "OldPhotoDock",
    "compare.dock": "CompareDock",
    "fine_tune.dock": "FineTuneDock",
}


OPENED = f"""
from importlib import import_module
from napari.components import ViewerModel
docks = []
for module, name in {DOCKS}.items():
    kind = getattr(import_module("napari_decrappify.widgets." + module), name)
    docks.append(kind(ViewerModel()))
    docks[-1].native.show()
    app.processEvents()
    assert "torch" not in sys.modules, name
docks.append(import_module("napari_decrappify.widgets.models.dock").ModelsDock())
docks[-1].native.show()
app.processEvents()
assert docks[-1].chosen is not None, "bundled models are listed"
assert "torch" not in sys.modules, "ModelsDock"
docks.append(import_module("napari_decrappify.widgets.batch.dock").BatchDock())
for docks[-1].task.value in docks[-1].task.choices:
    docks[-1].native.show()
    app.processEvents()
    assert "torch" not in sys.modules, docks[-1].task.value
"""
A_MOMENT_LATER = """
import numpy as np
from qtpy.QtCore import QTimer
from napari_decrappify.widgets.restore import RestoreDock
viewer = ViewerModel()
viewer.add_image(np.zeros((30, 40), np.uint8))
dock = RestoreDock(viewer)
dock.native.show()
dock.fields["strength"].value = 0.5
app.processEvents()
assert dock.estimate_label.value == f"{dock.model.card().name}; how long it takes shows in a moment."
assert "torch" not in sys.modules
timer = QTimer()
timer.timeout.connect(lambda: app.quit() if dock.estimate_label.value.endswith("of memory.") else None)
timer.start(20)
app.exec_() if hasattr(app, "exec_") else app.exec()
assert "torch" in sys.modules
"""


def test_docks_open_without_torch_and_when_it_is_loaded_they_say_what_a_run_takes(fresh_program):
    fresh_program(OPENED + A_MOMENT_LATER)
