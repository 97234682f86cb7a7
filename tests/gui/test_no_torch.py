"""Torch takes seconds to import: it may not hold up the window when a dock opens."""

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


def test_opening_a_dock_does_not_import_torch(fresh_program):
    fresh_program(f"""
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
""")
