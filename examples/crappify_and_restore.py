"""
Make a photo worse, and restore it
==================================

A photo is made worse as lesson 7 of fast.ai does it: small, JPEG, a number written over it. Then the model ``restore``,
which has learned from such pairs, undoes that as far as it can.
"""

import sys
from pathlib import Path

import skimage.data

from napari_decrappify import crappify, restore
from napari_decrappify.files import write_image
from napari_decrappify.panels import side_by_side

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "example-output")

photo = skimage.data.chelsea()[20:148, 90:250]
worse = crappify(photo, "lesson7", seed=5)

# %%
# The same seed gives the same picture; the steps say what was drawn.
assert (crappify(photo, "lesson7", seed=5).image == worse.image).all()
assert [step["operation"] for step in worse.steps] == ["Downscale", "StampedJpeg", "Resize"]

# %%
# Eight views of the picture, turned and flipped, are restored; the result is their mean, and how far they are apart
# says where the model isn't sure.
restored, uncertainty = restore(worse.image, return_uncertainty=True)

captions = [("original", photo), ("made worse", worse.image), ("restored", restored)]
write_image(folder / "restored.png", side_by_side([captions]))
write_image(folder / "uncertainty.tif", uncertainty)
