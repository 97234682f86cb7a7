"""
Remove a watermark
==================

First the model looks for the mark itself, then a mask says where it is. Pixels outside the mask, found or given, stay
as they were.
"""

import sys
from pathlib import Path

import skimage.data

from napari_decrappify import crappify, remove_watermark
from napari_decrappify.files import write_image
from napari_decrappify.panels import side_by_side
from napari_decrappify.quality import psnr

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "example-output")

photo = skimage.data.chelsea()[:, :320]
marked = crappify(photo, "stock-watermark", seed=6)

# %%
# Found by the model; the mask says what it has changed.
found, mask = remove_watermark(marked.image, return_mask=True)
write_image(folder / "watermark-found.png", mask.astype("uint8") * 255)

# %%
# Told where, which is better for faint marks and for those that it overlooks.
known = remove_watermark(marked.image, marked.mask)

pictures = {"watermarked": marked.image, "found by the model": found, "with a mask": known}
captions = [(f"{name}: {psnr(image, photo):.1f} dB", image) for name, image in pictures.items()]
write_image(folder / "watermark.png", side_by_side([captions]))
