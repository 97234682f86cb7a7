"""
Enlarge a 16-bit stack
======================

Twice the pixels along Y and X: the values keep their range, all planes share it, and nothing flickers.
"""

import sys
from pathlib import Path

import numpy as np
import skimage.data

from napari_decrappify import upscale
from napari_decrappify.files import write_image

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "example-output")

# %%
# Five planes, as a camera of 12 bits gives them: (Z, Y, X), uint16, values up to some 4000.
coins = skimage.data.coins()[:96, :128].astype(np.uint16) * 16
stack = np.stack([np.roll(coins, 3 * z, axis=1) for z in range(5)])

# %%
# Each plane is a step, which ``progress`` tells.
larger = upscale(stack, 2, rgb=False, progress=lambda step: sys.stderr.write(f"{step.note}\n"))

# %%
# TIFF keeps 16 bits and the planes; the PNG shows the first plane, stretched to black and white.
write_image(folder / "stack.tif", stack)
write_image(folder / "stack-x2.tif", larger)
write_image(folder / "first-plane-x2.png", (larger[0] // 16).astype(np.uint8))
