"""Where a net runs, how precisely, and how much memory there is."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import get_args

import psutil
import torch

from ...errors import DeviceError, InvalidParameterError
from .precision import Precision

PRECISIONS = get_args(Precision)
NO_LIMIT = 2**63 - 1


def choose_device(name: str = "auto") -> torch.device:
    """Return the device of this name, or the best there is.

    Parameters
    ----------
    name : str
        "auto" (CUDA, else Apple's MPS, else the processor), "cpu", "mps", "cuda", or one of several GPUs: "cuda:1".

    Raises
    ------
    InvalidParameterError
        If there is no device of that kind at all.
    DeviceError
        If this machine doesn't have it.
    """
    if name == "auto":
        kind = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
        return torch.device(kind)
    kind, _, index = str(name).partition(":")
    counts = {"cpu": 1, "mps": int(torch.backends.mps.is_available()), "cuda": torch.cuda.device_count()}
    if kind not in counts or (index and not index.isdecimal()) or str(name).endswith(":"):
        raise InvalidParameterError("device to be auto, cpu, cuda, cuda:N or mps", repr(name))
    if int(index or 0) >= counts[kind]:
        raise DeviceError(f"device {name!r}", f"a machine with {_there_are(counts)}", "Use device='auto'.")
    return torch.device(name)


def device_names() -> list[str]:
    """Return what `choose_device` takes on this machine."""
    accelerators = [f"cuda:{number}" for number in range(torch.cuda.device_count())]
    return ["auto", "cpu", *accelerators, *(["mps"] if torch.backends.mps.is_available() else [])]


def choose_precision(name: str, device: torch.device, allowed: bool = True) -> torch.dtype:
    """Return the number format of a net's convolutions.

    Parameters
    ----------
    name : {"auto", "fp32", "bf16"}
        "auto" takes bfloat16 where the device computes in it natively and the model allows it.
    device : torch.device
        Where the net runs.
    allowed : bool
        Whether the model may run in bfloat16, as its card says.

    Raises
    ------
    InvalidParameterError
        For another name, or for bfloat16 with a model that isn't allowed it.
    DeviceError
        If bfloat16 was asked for and the device doesn't have it.
    """
    if name not in PRECISIONS:
        raise InvalidParameterError(f"precision to be one of {', '.join(PRECISIONS)}", repr(name))
    if name == "fp32" or (name == "auto" and not (allowed and has_bf16(device))):
        return torch.float32
    if not allowed:
        raise InvalidParameterError("precision auto or fp32 for this model", repr(name), "Its card rules bf16 out.")
    if not has_bf16(device):
        raise DeviceError("a device that computes in bf16", str(device), "Use precision='auto'.")
    return torch.bfloat16


def has_bf16(device: torch.device) -> bool:
    """Tell whether a device computes in bfloat16 natively, not by emulation."""
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device)[0] >= 8 or torch.version.hip is not None
    return device.type == "cpu" and _processor_has_bf16()


def free_memory(device: torch.device) -> int:
    """Return the bytes that can be allocated on a device now, as well as the system tells."""
    if device.type == "cuda":
        free, _total = torch.cuda.mem_get_info(device)
        return int(free + torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device))
    if device.type == "mps":
        return int(torch.mps.recommended_max_memory() - torch.mps.driver_allocated_memory())
    return min(int(psutil.virtual_memory().available), _left_in_group())


def out_of_memory(error: BaseException) -> bool:
    """Tell whether an exception means that memory ran out, on a GPU, in torch's CPU allocator or in NumPy."""
    if isinstance(error, MemoryError | torch.cuda.OutOfMemoryError):
        return True
    signs = ("out of memory", "not enough memory", "DefaultCPUAllocator: can't allocate memory")
    return isinstance(error, RuntimeError) and any(sign in str(error) for sign in signs)


def release(device: torch.device) -> None:
    """Give cached memory back after an allocation failed."""
    if device.type == "cuda":
        torch.cuda.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()


def _there_are(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {kind}" for kind, count in counts.items() if count)


@functools.cache
def _processor_has_bf16() -> bool:
    asked = getattr(torch.cpu, "_is_avx512_bf16_supported", None)  # torch 2.6 and later
    if asked is not None:
        return bool(asked())
    try:
        return "avx512_bf16" in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False


def _left_in_group() -> int:
    """Return what a container's memory limit leaves (cgroup version 2); file cache counts as free."""
    group = Path("/sys/fs/cgroup")
    try:
        limit, used = (int((group / name).read_text()) for name in ("memory.max", "memory.current"))
        facts = dict(line.split() for line in (group / "memory.stat").read_text().splitlines())
        return max(0, limit - used + int(facts["inactive_file"]))
    except (OSError, ValueError, KeyError):
        return NO_LIMIT
