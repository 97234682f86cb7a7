"""
Take a mark off a stack
=======================

A watermark that all pictures share, a burnt-in label, dust on a sensor: what is the same in all planes is the mark. It
is solved, with its colour and its opacity, without any model, and what shone through it comes back.
"""

import sys
from pathlib import Path

import numpy as np
import skimage.data
from PIL import Image, ImageDraw, ImageFont

from napari_decrappify import load_mark, remove_watermark, save_mark, solve_mark
from napari_decrappify.files import write_image
from napari_decrappify.panels import side_by_side
from napari_decrappify.quality import psnr

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "example-output")
folder.mkdir(parents=True, exist_ok=True)

# %%
# Twelve pictures, (N, Y, X, 3), under the same half transparent word. The more they differ, the better.
photos = (skimage.data.chelsea(), skimage.data.coffee(), skimage.data.astronaut(), skimage.data.rocket())
corners = ((20, 40), (120, 180), (190, 300))
clean = np.stack([photo[y : y + 96, x : x + 128] for photo in photos for y, x in corners])
paper = Image.new("L", (128, 96))
ImageDraw.Draw(paper).text((64, 48), "sample", fill=255, font=ImageFont.load_default(36), anchor="mm")
covered = np.asarray(paper)[..., None] / 255 * 0.5
marked = np.rint(clean * (1 - covered) + 255 * covered).astype(np.uint8)

# %%
# The mark is kept as a picture, to be taken off others of the same series later.
mark = solve_mark(marked)
save_mark(folder / "mark.png", mark)
repaired, mask = remove_watermark(marked, mark=load_mark(folder / "mark.png"), return_mask=True)

# %%
# Outside the mark every pixel is as it was. ``remove_watermark(stack, shared=True)`` does it all in one call.
assert np.array_equal(repaired[~mask], marked[~mask])
before, after = (psnr(stack.reshape(-1, 128, 3), clean.reshape(-1, 128, 3)) for stack in (marked, repaired))
shown = [(f"{before:.1f} dB", marked[0]), (f"{after:.1f} dB", repaired[0])]
write_image(folder / "with-and-without-the-mark.png", side_by_side([shown]))
