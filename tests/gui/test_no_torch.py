"""Torch takes seconds to import: it may not hold up the window when a dock opens."""

from __future__ import annotations

import pytest

DOCKS = {
    "crappify": "CrappifyDock",
    "upscale": "UpscaleDock",
    "restore": "RestoreDock",
    "remove_watermark": "RemoveWatermarkDock",
    "infill": "InfillDock",
    "colorize": "ColorizeDock",
    "compare": "CompareDock",
    "fine_tune": "FineTuneDock",
}


@pytest.mark.parametrize(("module", "dock"), DOCKS.items(), ids=DOCKS)
def test_opening_a_dock_does_not_import_torch(module, dock, fresh_program):
    fresh_program(f"""
from napari.components import ViewerModel
from napari_decrappify.widgets.{module} import {dock}
dock = {dock}(ViewerModel())
dock.native.show()
app.processEvents()
assert "torch" not in sys.modules
""")
