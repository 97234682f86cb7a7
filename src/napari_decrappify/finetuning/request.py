"""What is asked of a training, and what comes of asking before anything is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..degrade import Crappifier
from ..models import Task


@dataclass(frozen=True)
class FinetuneRequest:
    """The pictures of a training and what it is to learn from them; the parameters are those of `finetune`."""

    images: Any
    crappy: Any
    task: Task
    base: str | None
    recipe: str
    crappifier: str | Path | Crappifier | None
    patch: int | None
    seed: int = 0
    skip: Sequence[int] = ()
    overrides: Sequence[str] = ()
