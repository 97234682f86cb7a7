"""A net's blueprint: its tensors' names and shapes, known before any memory is taken for them."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules import module as hooks

from ..errors import InvalidParameterError
from ..nets import build

REGISTERED = 8  # times that a net registers a tensor at most: backbones are cut, weights are normed
RESERVE = 1000
MOST_BUFFER_BYTES = 64 * 2**20  # of what isn't kept in files, as filters


def check_weights(architecture: str, options: dict[str, Any], weights: Mapping[str, Tensor]) -> None:
    """Check that weights are those of a net, as far as names and shapes go, without building it.

    A card of some bytes may ask for a net of any size: what is built is a blueprint, which has shapes alone, and no
    more of it than the weights can fill.

    Raises
    ------
    InvalidParameterError
        If they aren't, with the first difference, or if there is no such net.
    """
    with _at_most(REGISTERED * len(weights) + RESERVE), torch.device("meta"):
        net = build(architecture, options)
    kept = net.state_dict()
    beside = sum(buffer.nbytes for name, buffer in net.named_buffers() if name not in kept)
    if beside > MOST_BUFFER_BYTES:
        raise InvalidParameterError(f"a net with at most {MOST_BUFFER_BYTES} bytes beside its weights", f"{beside}")
    wanted, given = ({name: tuple(tensor.shape) for name, tensor in state.items()} for state in (kept, weights))
    for name in (*wanted, *given):
        if wanted.get(name) != given.get(name):
            raise InvalidParameterError(_told(name, wanted.get(name)), _told(name, given.get(name)))


def _told(name: str, shape: tuple[int, ...] | None) -> str:
    return f"no tensor {name!r}" if shape is None else f"tensor {name!r} of shape {shape}"


@contextmanager
def _at_most(tensors: int) -> Iterator[None]:
    """Raise `InvalidParameterError` in this thread as soon as a net registers more tensors than that."""
    thread, count = threading.get_ident(), 0

    def counted(module: nn.Module, name: str, tensor: Tensor | None) -> None:
        nonlocal count
        count += threading.get_ident() == thread
        if count > tensors:
            raise InvalidParameterError("options of a net that the weights fill", f"one of more than {tensors} tensors")

    handles = [
        hooks.register_module_parameter_registration_hook(counted),
        hooks.register_module_buffer_registration_hook(counted),
    ]
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("error", "Initializing zero-element tensors")
            yield
    except UserWarning as error:
        raise InvalidParameterError("options of a net whose layers have channels", "a layer without any") from error
    finally:
        for handle in handles:
            handle.remove()
