"""Worker processes that never run the caller's script, and end with the process that started them."""

from .spreading import spread
from .worker import Worker

__all__ = ["Worker", "spread"]
