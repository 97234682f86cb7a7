"""The number formats that a net's convolutions may run in."""

from __future__ import annotations

from typing import Literal, TypeAlias

Precision: TypeAlias = Literal["auto", "fp32", "bf16"]
