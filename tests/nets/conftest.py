from __future__ import annotations

import pytest
import torch


@pytest.fixture(autouse=True)
def _seeded():
    """Every test starts from the same weights and pictures, and leaves the global generator as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(7)
        yield
