"""Checkpoints: the whole state of a training in one safetensors file. Never a pickle."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from ...atomic import atomic_path
from ...bounds import parse_json
from ...errors import TrainingError

Optimizers: TypeAlias = Mapping[str, torch.optim.Optimizer]


@dataclass(frozen=True)
class Checkpoint:
    """What a checkpoint holds beside weights: JSON-able facts, and the optimisers' tensors."""

    facts: Any
    optimizers: dict[str, Tensor]


def save_checkpoint(path: Path, nets: Mapping[str, nn.Module], optimizers: Optimizers, facts: Any) -> None:
    """Write the nets' weights, the optimisers' states and JSON-able facts, atomically.

    Raises
    ------
    FileWriteError
        If the disk is full, or the folder can't be written.
    """
    tensors = {f"{name}/{key}": value for name, net in nets.items() for key, value in net.state_dict().items()}
    for name, optimizer in optimizers.items():
        for index, state in optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer/{name}/{index}/{key}": value for key, value in state.items()}
    stored = {key: value.detach().contiguous().cpu() for key, value in tensors.items()}
    with atomic_path(path) as temporary:
        try:
            save_file(stored, temporary, metadata={"facts": json.dumps(facts)})
        except SafetensorError as error:  # which is no OSError, even of a full disk
            raise OSError(str(error)) from error


def read_facts(path: Path) -> Any:
    """Read what a checkpoint holds beside tensors.

    Raises
    ------
    TrainingError
        If the file is missing or damaged.
    """
    try:
        with safe_open(path, framework="pt") as opened:
            return parse_json(opened.metadata()["facts"])
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        raise _damaged(path, error) from error


def load_checkpoint(path: Path, nets: Mapping[str, nn.Module]) -> Checkpoint:
    """Restore the weights that `save_checkpoint` wrote into nets of the same build.

    Raises
    ------
    TrainingError
        If the file is missing, damaged, or of another net.
    """
    try:
        with safe_open(path, framework="pt") as opened:
            facts = parse_json(opened.metadata()["facts"])
            tensors = {key: opened.get_tensor(key) for key in opened.keys()}  # noqa: SIM118
        for name, net in nets.items():
            net.load_state_dict(_below(f"{name}/", tensors))
    except (OSError, SafetensorError, KeyError, TypeError, ValueError, RuntimeError) as error:
        raise _damaged(path, error) from error
    return Checkpoint(facts, _below("optimizer/", tensors))


def restore_optimizers(checkpoint: Checkpoint, optimizers: Optimizers) -> None:
    """Give optimisers of the same build the states of a checkpoint."""
    for name, optimizer in optimizers.items():
        state: dict[int, dict[str, Tensor]] = {}
        for key, value in _below(f"{name}/", checkpoint.optimizers).items():
            index, _, part = key.partition("/")
            state.setdefault(int(index), {})[part] = value
        optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})


def _damaged(path: Path, error: Exception) -> TrainingError:
    return TrainingError("a whole checkpoint of this recipe", f"{path}: {error}", "Start anew in another folder.")


def _below(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)}
