"""What a training says as it goes along: its bar, and above it what a person should read."""

from __future__ import annotations

from ..jobs import Progress, ProgressCallback
from ..training.running.events import (
    Begun,
    Evaluated,
    LeftOut,
    Parted,
)
from .console import Console


def telling(console: Console, draw: ProgressCallback | None) -> ProgressCallback:
    """Return what draws every `Progress`, and writes where pretrained weights came from, and warnings, as they come."""

    def tell(step: Progress) -> None:
        if isinstance(step.payload, Begun):
            for origin in step.payload.origins:
                console.note(origin)
        elif isinstance(step.payload, Evaluated | LeftOut | Parted):
            for warning in step.payload.warnings:
                console.note(f"warning at step {step.payload.step}: {warning}")
        if draw is not None:
            draw(step)

    return tell
