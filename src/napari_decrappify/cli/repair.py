"""What ``upscale`` and ``remove-watermark`` share: a model, and its record in the result."""

from __future__ import annotations

from typing import Any

from ..models import Model, Task, default_model, load_model


def chosen_model(task: Task, name: str | None, scale: int | None = None) -> Model:
    """Load the model of that name, or the task's default: what the task itself will take."""
    return load_model(name or default_model(task, scale).name)


def recorded(keywords: dict[str, Any]) -> dict[str, Any]:
    """Return the keywords that a record keeps beside model and mask."""
    return {name: value for name, value in keywords.items() if name not in ("model", "mask")}
