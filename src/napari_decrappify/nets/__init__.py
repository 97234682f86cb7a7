"""Generators: torch modules only. No files, no arrays, no devices are chosen here."""

from __future__ import annotations

from typing import Any

from .generator import Generator, Repaired
from .unet import RepairUNet
from .upscaler import SpanUpscaler

ARCHITECTURES: dict[str, type[Generator]] = {"span-upscaler": SpanUpscaler, "repair-unet": RepairUNet}

__all__ = ["ARCHITECTURES", "Generator", "RepairUNet", "Repaired", "SpanUpscaler", "build"]


def build(architecture: str, options: dict[str, Any] | None = None) -> Generator:
    """Build a generator with fresh weights.

    Parameters
    ----------
    architecture : str
        A key of `ARCHITECTURES`.
    options : dict, optional
        Keyword arguments of that architecture.

    Raises
    ------
    InvalidParameterError
        For an unknown architecture or options that it doesn't take.
    """
    from ..errors import InvalidParameterError

    if architecture not in ARCHITECTURES:
        raise InvalidParameterError(f"an architecture among {sorted(ARCHITECTURES)}", repr(architecture))
    try:
        return ARCHITECTURES[architecture](**(options or {}))
    except TypeError as error:
        raise InvalidParameterError(f"options that {architecture} takes", f"{options} ({error})") from error
