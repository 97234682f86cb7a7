"""How good, how fast and how frugal the models are, measured as the field measures it, beside others."""

from .report import page
from .run import benchmark
from .tables import Table

__all__ = ["Table", "benchmark", "page"]
