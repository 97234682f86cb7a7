"""How nets learn: optimisers, schedules, learning rates by layer, moving averages.

To add an optimiser, write a function as `optimizer.adamw` and name it in one line below: recipes take
``optimizer.kind = "that name"``. Importing this package imports no torch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...lazy_registry import LazyRegistry

if TYPE_CHECKING:
    from .optimizer import OptimizerFactory

OPTIMIZERS: LazyRegistry[OptimizerFactory] = LazyRegistry("an optimiser", __name__, {"adamw": "optimizer:adamw"})
