"""Training in several processes, one a GPU or machine: the same command under ``torchrun``."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import torch
from torch import distributed, nn

PATIENCE = timedelta(hours=2)


@dataclass(frozen=True)
class ProcessGroup:
    """The processes that train together.

    Parameters
    ----------
    device : torch.device
        Where this process computes.
    rank, world : int
        Which one this is, of how many.
    """

    device: torch.device
    rank: int = 0
    world: int = 1

    @property
    def leads(self) -> bool:
        """Whether this process writes the run folder."""
        return self.rank == 0

    def wrapped(self, net: nn.Module) -> nn.Module:
        """Return the net, with gradients averaged over the process group if there are several."""
        if self.world == 1:
            return net
        for buffer in net.buffers():  # torch sends a lone one in plain order, and can't copy it back into another
            buffer.data = buffer.clone(memory_format=torch.contiguous_format)
        return nn.parallel.DistributedDataParallel(net, find_unused_parameters=True)

    def mean(self, value: float) -> float:
        """Return the group's mean of a figure, the same in every process."""
        return self.means({"": value})[""]

    def means(self, figures: dict[str, float]) -> dict[str, float]:
        """Return the group's means of figures that every process has, in the same order."""
        if self.world == 1:
            return figures
        totals = torch.tensor(list(figures.values()), dtype=torch.float64, device=self.device)
        distributed.all_reduce(totals)
        return dict(zip(figures, (totals / self.world).tolist(), strict=True))

    def from_leader(self, text: str) -> str:
        """Return what the process that leads passes, in every process."""
        if self.world == 1:
            return text
        texts = [text]
        distributed.broadcast_object_list(texts, src=0, device=self.device)
        return texts[0]


@contextmanager
def join_process_group(device: torch.device) -> Iterator[ProcessGroup]:
    """Join the processes that ``torchrun`` started, by its environment; alone, there is nothing to join."""
    world, rank = int(os.environ.get("WORLD_SIZE", "1")), int(os.environ.get("RANK", "0"))
    if world == 1:
        yield ProcessGroup(device)
        return
    if device.type == "cuda":
        device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
        torch.cuda.set_device(device)
    distributed.init_process_group("nccl" if device.type == "cuda" else "gloo", timeout=PATIENCE)
    try:
        yield ProcessGroup(device, rank, world)
    finally:
        distributed.destroy_process_group()
