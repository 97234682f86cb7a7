"""Pages that the package writes itself: the cards of its models, and its public names.

They are made before anything is read, so that nothing on them is written twice.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from sphinx.application import Sphinx

import napari_decrappify
from napari_decrappify import list_models, on_layers
from napari_decrappify.jobs import Call
from napari_decrappify.models import ModelCard
from napari_decrappify.on_layers import LayerCall
from napari_decrappify.tasks import TASKS, TaskSpec


def setup(app: Sphinx) -> dict[str, bool]:
    """Write the pages when the build begins."""
    app.connect("builder-inited", write_pages)
    return {"parallel_read_safe": True}


def write_pages(app: Sphinx) -> None:
    """Write every page into docs/generated, those that are the same as before left alone."""
    folder = Path(app.srcdir) / "generated"
    folder.mkdir(exist_ok=True)
    pages = {"models.md": models(), "api.rst": public_names(napari_decrappify), "layers.rst": public_names(on_layers)}
    for name, text in pages.items():
        page = folder / name
        if not page.exists() or page.read_text(encoding="utf-8") != text:
            page.write_text(text, encoding="utf-8")


def models() -> str:
    """Return what every model is for and what it can't do, from its card, by task."""
    return "\n".join(line for spec in TASKS.values() if list_models(spec.name) for line in _task(spec))


def _task(spec: TaskSpec) -> Iterator[str]:
    yield f"### {spec.title or spec.name.capitalize()}\n"
    if spec.call:
        yield f"Dock *{spec.title}*, command `{spec.command}`, call `{spec.operation}`: {spec.summary}.\n"
    yield from map(_card, list_models(spec.name))


def _card(card: ModelCard) -> str:
    facts = [f"{card.metrics[name]:.2f} dB {what}" for name, what in _decibels(card) if name in card.metrics]
    before = f" (held-out pictures of its training: {', '.join(facts)})" if facts else ""
    limits = f"\n: **Limits.** {card.limits}\n" if card.limits else ""
    return f"**`{card.name}`**{before}\n: {card.description}\n{limits}"


def _decibels(card: ModelCard) -> tuple[tuple[str, str], ...]:
    inside = "_damage" if "psnr_damage" in card.metrics else ""
    where = " inside the damage" if inside else ""
    return (f"psnr{inside}_input", "before"), (f"psnr{inside}", f"after{where}")


def public_names(module: ModuleType) -> str:
    """Return the reference of all that a module calls public: a table, then each name."""
    names = [name for name in module.__all__ if not name.startswith("__")]
    table = "\n".join(f"   {name}" for name in names)
    head = f".. currentmodule:: {module.__name__}\n\n.. autosummary::\n   :nosignatures:\n\n{table}\n"
    return "\n".join([head, *(f".. {_directive(getattr(module, name))}:: {name}\n" for name in names)])


def _directive(thing: Any) -> str:
    if inspect.isclass(thing):
        return "autoclass"
    return "autofunction" if callable(thing) or isinstance(thing, Call | LayerCall) else "autodata"
