"""How much memory a net needs for each pixel it reads, measured on a small picture."""

from __future__ import annotations

import weakref
from collections import deque
from typing import Any

import numpy as np
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from .runner import WITH_HOLE, Runner
from .tiling import round_up

PROBE = 16  # pixels a side: memory grows in step with pixels from here on, and who waits wants the result
SLACK = 1.5  # convolution libraries' own copies, and what allocators don't reuse


class LiveBytes(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """While active, counts the bytes of the tensors that are alive, and the most there were at once."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.now: int = 0
        self.peak: int = 0
        self._seen: weakref.WeakSet[torch.UntypedStorage] = weakref.WeakSet()

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Keep torch from importing its compiler, and Triton, whose LLVM crashes beside Mesa's in napari."""
        return False

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Run an operation and count what it made."""
        result = func(*args, **(kwargs or {}))
        for tensor in tree_leaves(result):
            if isinstance(tensor, torch.Tensor):
                self._count(tensor.untyped_storage())
        return result

    def _count(self, storage: torch.UntypedStorage) -> None:
        if storage in self._seen:
            return
        self._seen.add(storage)
        size = storage.nbytes()
        self.now += size
        self.peak = max(self.peak, self.now)
        weakref.finalize(storage, self._forget, size)

    def _forget(self, size: int) -> None:
        self.now -= size


def bytes_per_pixel(runner: Runner) -> float:
    """Return the peak memory of a run, in bytes for each further input pixel, with the float copies around it."""
    small = round_up(max(PROBE, runner.net.minimum), runner.net.multiple)
    large = 2 * small
    growth = (_peak(runner, large) - _peak(runner, small)) / (large**2 - small**2)
    around = 3 * 4 * (1 + runner.net.scale**2)
    return SLACK * growth + around


def _peak(runner: Runner, side: int) -> int:
    hole = np.zeros((side, side), bool) if runner.net.channels == WITH_HOLE else None
    with LiveBytes() as live:
        deque(runner.run(np.full((side, side, 3), 0.5, np.float32), hole), maxlen=0)
    return int(live.peak)
