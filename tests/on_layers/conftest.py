"""The layers that real users have, small."""

from __future__ import annotations

import dask.array as da
import numpy as np
import pytest
from napari.layers import Image

SHEARED = [[1, 0.3, 5], [-0.2, 1.5, 7], [0, 0, 1]]
PLACE = {"scale": (0.5, 2.0), "translate": (10.0, -3.0), "rotate": 30, "units": "um"}


def pixels(shape, dtype=np.uint8, low=0, high=250):
    return np.random.default_rng(0).uniform(low, high, shape).astype(dtype)


def multiscale():
    fine = pixels((32, 40))
    return Image([fine, fine[::2, ::2]], multiscale=True, **PLACE)


LAYERS = {
    "2-D RGB": lambda: Image(pixels((20, 24, 3)), rgb=True, **PLACE),
    "RGBA": lambda: Image(pixels((20, 24, 4)), rgb=True, **PLACE),
    "16-bit grey Z-stack": lambda: Image(pixels((3, 20, 24), np.uint16, 300, 9000), scale=(3, 0.5, 0.5)),
    "T+C": lambda: Image(pixels((2, 2, 18, 20), np.uint16, 0, 4000), translate=(0, 0, 5, 7)),
    "multiscale": multiscale,
    "dask": lambda: Image(da.from_array(pixels((2, 20, 24)), chunks=(1, 20, 24)), scale=(1, 2, 2)),
    "odd size": lambda: Image(pixels((17, 23)), shear=[0.4], scale=(2, 3)),
    "1 pixel": lambda: Image(pixels((1, 1)), **PLACE),
    "negative float": lambda: Image(pixels((20, 24), np.float32, -40, 70), affine=SHEARED),
}  # fmt: skip
KEYWORDS = {"T+C": {"channel_axis": 1}}


@pytest.fixture(params=LAYERS)
def kind(request):
    return request.param


@pytest.fixture
def layer(kind):
    return LAYERS[kind]()


@pytest.fixture
def keywords(kind):
    """What the task must be told about a kind of layer."""
    return {"device": "cpu", **KEYWORDS.get(kind, {})}
