"""Pages that stand at the top of the repository are pages of the site too, and their links lead to its pages."""

from __future__ import annotations

from pathlib import Path

from sphinx.application import Sphinx

PAGES = {
    "CONTRIBUTING.md": "contributing.md",
    "ARCHITECTURE.md": "architecture.md",
    "CHANGELOG.md": "changelog.md",
    "docs/docks.md": "docks.md",
}
"""What a link says there, and the page that it means here."""


def setup(app: Sphinx) -> dict[str, bool]:
    """Rewrite links as such a page is included."""
    app.connect("include-read", lead_to_pages)
    return {"parallel_read_safe": True}


def lead_to_pages(app: Sphinx, path: Path, parent: str, content: list[str]) -> None:
    """Replace the links of an included page in place."""
    for there, here in PAGES.items():
        content[0] = content[0].replace(f"]({there})", f"]({here})")
