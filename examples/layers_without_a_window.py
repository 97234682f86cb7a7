"""
What the docks do, in a script
==============================

Layers without a window: no canvas opens, and Qt isn't needed. Each result lies over its source and knows how it was
made.
"""

import sys
from pathlib import Path

import skimage.data
from napari.components import ViewerModel

from napari_decrappify import replay
from napari_decrappify.files import write_image
from napari_decrappify.on_layers import (
    Region,
    crappify_layer,
    python_script,
    remove_watermark_layer,
    upscale_layer,
)

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "example-output")

viewer = ViewerModel()
cat = viewer.add_image(skimage.data.chelsea()[:120, 60:220], name="cat", scale=(0.2, 0.2), units="um")

worse = viewer.add_layer(crappify_layer(cat, "stock-watermark", seed=2))
cleaned = viewer.add_layer(remove_watermark_layer(worse))
face = Region(((40, 100), (50, 130)))
larger = viewer.add_layer(upscale_layer(cleaned, factor=2, region=face, name="face"))

# %%
# Twice the pixels of half the size: the result lies over its source. From its record it can be made again.
assert larger.scale[0] == cat.scale[0] / 2
record = larger.metadata["decrappify"]
assert (replay(record, cleaned.data) == larger.data).all()

# %%
# ``python_script`` writes what *Copy as Python* puts on the clipboard.
write_image(folder / "face-x2.png", larger.data)
(folder / "face_x2.py").write_text(python_script(record))
