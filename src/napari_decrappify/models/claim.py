"""What a card may claim: a net that grows beyond the weights which came with it isn't built to its end."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from torch import Tensor, nn
from torch.nn.modules import module as hooks

from ..errors import InvalidParameterError

TIMES = 8  # that a net registers a tensor at most: backbones are cut, weights are normed
MORE_TENSORS, MORE_VALUES = 1000, 2**24  # for backbones' ends, which aren't kept


@contextmanager
def no_larger_than(weights: Mapping[str, Tensor]) -> Iterator[None]:
    """Raise `InvalidParameterError` as soon as a net that this thread builds can't be the one of these weights.

    A tensor is counted when it is registered: its memory is asked for then, but the system gives it only when it is
    written to. (Building on torch's "meta" device would import its compiler, which crashes beside napari's canvas.)
    """
    thread, tensors, values = threading.get_ident(), 0, 0
    most = TIMES * len(weights) + MORE_TENSORS
    largest = TIMES * sum(tensor.numel() for tensor in weights.values()) + MORE_VALUES

    def counted(module: nn.Module, name: str, tensor: Tensor | None) -> None:
        nonlocal tensors, values
        if threading.get_ident() != thread or tensor is None:
            return
        tensors, values = tensors + 1, values + tensor.numel()
        if tensors > most or values > largest:
            raise InvalidParameterError("options of a net that the weights fill", f"one of more than {values} values")

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
