"""
Fill what is painted in a labels layer
======================================

Two scratches are painted with label 1, something else with label 2. Only label 1 is filled; napari's layers are used
without a window.
"""

import sys
from pathlib import Path

import numpy as np
import skimage.data
from napari.layers import Image, Labels

from napari_decrappify.files import write_image
from napari_decrappify.on_layers import LayerMask, infill_layer
from napari_decrappify.panels import side_by_side

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "example-output")

image = Image(skimage.data.chelsea()[40:168, 90:250], name="cat")
painted = np.zeros((128, 160), np.uint8)
painted[30:34, 10:150], painted[60:100, 70:74] = 1, 1  # two scratches
painted[10:20, 10:30] = 2  # something else
labels = Labels(painted, name="scratches")

filled = infill_layer(image, LayerMask(labels, labels=[1], dilate=1))

# %%
# All else is as it was, bit by bit.
changed = (filled.data != image.data).any(axis=-1)
assert not changed[painted == 2].any()

# %%
# A fill is a guess, however real it looks: never measure inside.
scratched = np.where((painted == 1)[..., None], np.uint8(255), image.data)
write_image(folder / "before-and-after.png", side_by_side([[("scratched", scratched), ("filled", filled.data)]]))
write_image(folder / "filled.png", filled.data)
