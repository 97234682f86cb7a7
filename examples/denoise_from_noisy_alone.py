"""
Denoise with noisy images alone
===============================

In little light there are no clean images to learn from. The recipe ``neighbor2neighbor`` needs none: of two pixels
beside each other the net sees one and is to foretell the other. Noise that differs from pixel to pixel can't be
foretold, so what is learned is the picture beneath. It takes thirty steps here, so that this page is made in
seconds: in earnest leave ``overrides`` and ``patch`` out, and give it ``minutes=5`` and the whole stack.
"""

import sys
from pathlib import Path

import numpy as np

from napari_decrappify import finetune, restore
from napari_decrappify.files import write_image
from napari_decrappify.panels import side_by_side
from napari_decrappify.samples import noisy_cells

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "example-output")
folder.mkdir(parents=True, exist_ok=True)

# %%
# A 16-bit stack (Z, Y, X) of nuclei in few photons, as *File > Open Sample > Noisy cells* shows it, and nothing else.
noisy = noisy_cells()[0][0][:, 64:192, 64:192]
steps = ["stages.0.steps=30", "optimizer.muon=0", "evaluation.every=30", "data.workers=0"]
tuned = finetune(noisy, task="restore", recipe="neighbor2neighbor", patch=64, overrides=steps)

# %%
# It began with ``denoise``, and was judged by noisy pixels of planes that it didn't learn from. What is noise in them
# nobody can foretell: these decibels stay low, and a tenth of one is a lot.
was, became = tuned.best.psnr_start, tuned.best.psnr
assert became > was

# %%
before, after = (restore(noisy, model=model) for model in ("denoise", tuned.path))
low, high = np.percentile(noisy, (1, 99.8))
stacks = {"noisy": noisy, "denoise": before, "trained": after}
row = [
    (name, ((stack[6].clip(low, high) - low) / (high - low) * 255).astype(np.uint8)) for name, stack in stacks.items()
]
write_image(folder / "noisy-alone.png", side_by_side([row]))
