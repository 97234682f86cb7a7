"""
Train a model of your own
=========================

What makes pictures worse is what a model learns to undo. ``upscale-x2`` knows clean pictures only: here it is trained
further on noisy ones. It takes forty steps, so that this page is made in seconds: in earnest leave ``overrides`` and
``patch`` out, and give it ``minutes=5`` and more pictures. The model that comes of it, if it is better than the one
that it started from, lands among your own models.
"""

import sys
from pathlib import Path

import skimage.data

from napari_decrappify import crappify, finetune, upscale
from napari_decrappify.degrade import Crappifier, PoissonNoise, Reduce, save_crappifier
from napari_decrappify.files import write_image
from napari_decrappify.panels import side_by_side

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "example-output")
folder.mkdir(parents=True, exist_ok=True)

# %%
# A camera with half the pixels in little light. The file is what the Crappify dock saves and loads.
dim_camera = Crappifier((Reduce(2), PoissonNoise((30, 60))))
save_crappifier(folder / "dim-camera.json", dim_camera)

# %%
# Some of the pictures are held out: the model is judged on them before the first step and now and then after it, and
# never learns from them.
photos = [skimage.data.chelsea()[60:188, 120:248], skimage.data.coffee()[100:228, 200:328]]
photos += [skimage.data.astronaut()[60:188, 160:288], skimage.data.rocket()[200:328, 250:378]]
steps = ["stages.0.steps=40", "evaluation.every=20", "data.workers=0"]
tuned = finetune(photos, base="upscale-x2", crappifier=folder / "dim-camera.json", patch=32, overrides=steps)

# %%
# Decibels of the held-out pictures: of the model that it started from, and of the best moment.
was, became = tuned.best.psnr_start, tuned.best.psnr
assert became > was + 1

# %%
worse = crappify(photos[0], dim_camera, seed=1)
before, after = (upscale(worse.image, 2, model=model) for model in ("upscale-x2", tuned.path))
captions = [("original", photos[0]), (f"{was:.1f} dB before", before), (f"{became:.1f} dB after", after)]
write_image(folder / "dim-camera.png", side_by_side([captions]))
