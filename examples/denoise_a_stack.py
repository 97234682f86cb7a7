"""
Denoise a stack in few photons
==============================

A 16-bit stack with a camera's offset loses its noise and keeps its intensities, and a map says where to be in doubt.
"""

import sys
from pathlib import Path

import numpy as np
import skimage.data

from napari_decrappify import crappify, restore
from napari_decrappify.files import write_image
from napari_decrappify.quality import psnr

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "example-output")

# %%
# Three planes, (Z, Y, X), an offset of 200 counts and 16 counts a grey level, of which a microscope catches 25 photons
# where it is brightest.
coins = skimage.data.coins()[10:106, 20:148].astype(np.uint16) * 16 + 200
clean = np.stack([np.roll(coins, 2 * z, axis=1) for z in range(3)])
noisy = crappify(clean, "few-photons", seed=3, rgb=False).image

# %%
# The doubt is how far eight views, turned and flipped, are apart: in counts, for every pixel.
denoised, doubt = restore(noisy, model="denoise", rgb=False, return_uncertainty=True)
before, after = (psnr(stack, clean, peak=float(np.ptp(clean))) for stack in (noisy, denoised))
assert after > before + 3

# %%
# What is measured stays what it was: the mean of a coin, within two per cent.
coin = clean > np.percentile(clean, 80)
assert abs(denoised[coin].mean() / noisy[coin].mean() - 1) < 0.02

# %%
# The TIFF holds the counts; the picture shows the first plane before and after.
write_image(folder / "denoised.tif", denoised)
shown = np.concatenate([noisy[0], denoised[0]], axis=1)
write_image(folder / "noisy-and-denoised.png", np.clip(shown // 16, 0, 255).astype(np.uint8))
