"""How good, how fast and how frugal the models are, measured as the field measures it."""

from .run import benchmark
from .tables import Table

__all__ = ["Table", "benchmark"]
