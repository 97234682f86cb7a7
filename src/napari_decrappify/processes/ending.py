"""How a process that is all ours ends: at once."""

from __future__ import annotations

import atexit
import gc


def end_without_a_last_look() -> None:
    """Let this process end without looking for garbage in all that it has imported, which takes a second after torch.

    Only for a process in which nothing is anybody else's: what garbage would do as it goes is not done.
    """
    atexit.unregister(gc.freeze)
    atexit.register(gc.freeze)
