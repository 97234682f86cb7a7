"""Worker processes that never run the caller's script, and end with the process that started them."""

from .ending import end_without_a_last_look
from .spreading import spread
from .worker import Worker

__all__ = ["Worker", "end_without_a_last_look", "spread"]
