"""How good, how fast and how frugal the models are, measured as the field measures it, beside others."""

from .benchmark import benchmark
from .report import page
from .tables import Table

__all__ = ["Table", "benchmark", "page"]
