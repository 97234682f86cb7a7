"""Provenance: how a result was made, as plain data, and how to make it again."""

from .form import of_output, parameters_in
from .packing import HintArrays, unpack_hints, unpack_mask
from .recording import record
from .replaying import replay

__all__ = ["HintArrays", "of_output", "parameters_in", "record", "replay", "unpack_hints", "unpack_mask"]
