"""
Train a model of your own
=========================

What makes pictures worse is what a model learns to undo. A degradation of one's own is composed and kept in a file,
and ``denoise`` is trained further on it. It takes six steps here, so that this page is made in seconds: in earnest
leave ``overrides`` out, and give it ``minutes=5`` and more pictures. The model that comes of it, if it is better than
the one that it started from, lands among your own models.
"""

import sys
from pathlib import Path

import skimage.data

from napari_decrappify import crappify, finetune, restore
from napari_decrappify.degrade import Blur, Crappifier, Jpeg, PoissonNoise, save_crappifier
from napari_decrappify.files import write_image
from napari_decrappify.panels import side_by_side

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "example-output")

# %%
# A dim, soft lens: blur, few photons, and a JPEG of it. The file is what the Crappify dock saves and loads.
dim_lens = Crappifier((Blur((0.8, 1.2)), PoissonNoise((30, 60)), Jpeg((60, 90))))
folder.mkdir(parents=True, exist_ok=True)
save_crappifier(folder / "dim-lens.json", dim_lens)

# %%
# Some of the pictures are held out: the model is judged on them before the first step and after the last, and never
# learns from them.
photos = [skimage.data.chelsea()[60:188, 120:248], skimage.data.coffee()[100:228, 200:328]]
photos += [skimage.data.astronaut()[60:188, 160:288], skimage.data.rocket()[200:328, 250:378]]
steps = ["stages.0.steps=6", "evaluation.every=6", "data.workers=0"]
tuned = finetune(photos, task="restore", base="denoise", crappifier=folder / "dim-lens.json", patch=32, overrides=steps)

# %%
# Decibels of the held-out pictures: doing nothing, the model that it started from, and the best moment. Where nothing
# beat the start, the start is what ``tuned.name`` names.
sys.stderr.write(f"{tuned.summary}\n")
assert tuned.best.psnr >= tuned.best.psnr_start

# %%
worse = crappify(photos[0], dim_lens, seed=1)
better = restore(worse.image, model=tuned.path)
captions = [("original", photos[0]), ("dim lens", worse.image), (tuned.name, better)]
write_image(folder / "dim-lens.png", side_by_side([captions]))
