from __future__ import annotations

import numpy as np
import pytest


@pytest.fixture
def rng():
    return np.random.default_rng(3)


@pytest.fixture
def stack(rng):
    """Two times, two channels of different brightness, three planes of 70 x 90."""
    return (rng.random((2, 2, 3, 70, 90)) * np.array([900, 300])[:, None, None, None]).astype(np.uint16)
