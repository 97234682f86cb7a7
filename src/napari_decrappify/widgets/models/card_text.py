"""A model's card as a text for people."""

from __future__ import annotations

from html import escape

from ...errors import DecrappifyError
from ...models import Entry, ModelCard, Original, sha256_of

MEGABYTE = 1e6
FIGURES = {
    "psnr": "PSNR in dB",
    "psnr_damage": "PSNR of what was damaged, in dB",
    "ssim": "SSIM",
    "iou": "Overlap of found and true damage",
    "recall": "Share of the damage that is found",
    "precision": "Share of what is found that is damage",
}
BEFORE = "_input"


def card_text(entry: Entry) -> str:
    """Return everything about a model of the store as simple HTML: what it does, its figures, how it was made."""
    if entry.card is None:
        lines = [f"<b>{escape(entry.name)}</b>", f"It can't be used. {escape(str(entry.problem))}"]
    else:
        lines = [f"<b>{escape(entry.name)}</b>", *_of_card(entry.card)]
    return "".join(f"<p>{line}</p>" for line in [*lines, *_of_file(entry)] if line)


def purpose(card: ModelCard) -> str:
    """Return what a model is for, as short as a list needs it."""
    return f"{card.task} x{card.scale}" if card.scale > 1 else card.task


def megabytes(size: int) -> str:
    """Return a number of bytes in words."""
    return f"{size / MEGABYTE:.1f} MB"


def _of_card(card: ModelCard) -> list[str]:
    return [
        escape(card.description),
        _titled("Limits", escape(card.limits)),
        _titled("Measured on pictures that it wasn't trained on", _figures(card.metrics)),
        _titled("Made", _making(card)),
        _titled("Trained on", "<br>".join(_source(one.name, one.licences) for one in card.data)),
        _titled("Licence", escape(card.license)),
        _titled("Imported from", "" if card.original is None else _original(card.original)),
        _titled("Net", escape(f"{card.architecture}, {purpose(card)}")),
    ]


def _of_file(entry: Entry) -> list[str]:
    try:
        facts = f"{megabytes(entry.path.stat().st_size)}, sha256 {sha256_of(entry.path)}"
    except (OSError, DecrappifyError) as error:
        facts = escape(str(error))
    return [_titled("File", f"{escape(str(entry.path))}<br>{facts}")]


def _titled(title: str, text: str) -> str:
    return f"<b>{title}:</b> {text}" if text else ""


def _figures(metrics: dict[str, float]) -> str:
    lines = []
    for name, value in metrics.items():
        if name.endswith(BEFORE):
            continue
        before = f" (before: {metrics[name + BEFORE]:.2f})" if name + BEFORE in metrics else ""
        lines.append(f"{escape(FIGURES.get(name, name.replace('_', ' ')))}: {value:.2f}{before}")
    return "; ".join(lines)


def _making(card: ModelCard) -> str:
    recipe = card.recipe.get("name")
    facts = [
        f"recipe {recipe}" if recipe else "",
        f"{card.steps:,} steps" if card.steps else "",
        f"{card.hours:.1f} hours" if card.hours else "",
        card.created,
        f"napari-decrappify {card.package_version}",
    ]
    return escape(", ".join(fact for fact in facts if fact))


def _original(original: Original) -> str:
    return f"{escape(original.file)}, sha256 {original.sha256}"


def _source(name: str, licences: tuple[str, ...]) -> str:
    return escape(name + (f" ({', '.join(licences)})" if licences else ""))
