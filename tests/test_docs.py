"""The documentation site builds without a warning, and holds what it promises.

Its tutorials aren't run here: `test_examples` does that.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import napari_decrappify
from napari_decrappify import list_models, on_layers

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.glob("*.md"))
MADE = ("_build", "generated", "tutorials", "__pycache__")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The site, built from a copy of its sources."""
    folder = tmp_path_factory.mktemp("site")
    for name in ("docs", "examples"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns(*MADE))
    for name in ("ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md"):
        shutil.copy(ROOT / name, folder / name)
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-D", "plot_gallery=0", "docs", "html"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder / "html"


def test_every_page_is_built_and_in_a_table_of_contents(site):
    index = (site / "index.html").read_text()
    for page in PAGES:
        assert (site / f"{page.stem}.html").exists()
        assert page.stem == "index" or f'href="{page.stem}.html"' in index


def test_every_bundled_model_is_on_its_page_with_its_limits(site, user_folder):
    page = (site / "models.html").read_text()
    for card in list_models():
        assert f">{card.name}</" in page
    assert page.count("Limits.") == sum(bool(card.limits) for card in list_models())


@pytest.mark.parametrize("module", [napari_decrappify, on_layers])
def test_every_public_name_is_in_the_reference(site, module):
    page = (site / "api.html").read_text()
    names = [name for name in module.__all__ if name != "__version__"]
    assert not [name for name in names if f'id="{module.__name__}.{name}"' not in page]


def test_the_reference_has_parameters_not_annotations(site):
    page = (site / "api.html").read_text()
    assert "Parameters" in page
    assert "Annotated[" not in page


def test_every_example_is_a_tutorial(site):
    for example in (ROOT / "examples").glob("*.py"):
        assert (site / "tutorials" / f"{example.stem}.html").exists()


def test_a_page_of_the_repository_leads_to_pages_of_the_site(site):
    page = (site / "contributing.html").read_text()
    assert 'href="architecture.html"' in page
    assert 'href="docks.html"' in page


def test_the_site_needs_no_other_site(site):
    loaded = re.compile(r'<(?:script|img)[^>]* src="(?:https?:)?//|<link[^>]* rel="stylesheet"[^>]*https?://')
    assert not [page.name for page in site.rglob("*.html") if loaded.search(page.read_text())]


def test_every_picture_of_a_dock_is_shown():
    shown = "".join(page.read_text() for page in PAGES)
    assert not [path.name for path in (DOCS / "pictures").glob("dock-*.png") if f"pictures/{path.name}" not in shown]


@pytest.mark.parametrize("page", [ROOT / "README.md", DOCS / "start.md"], ids=lambda page: page.name)
def test_buttons_are_called_what_they_are(page):
    named = set(re.findall(r"\*\*([A-Z][\w -]+…?)\*\*", page.read_text().partition("## ")[2]))
    sources = "".join(path.read_text() for path in (ROOT / "src/napari_decrappify/widgets").rglob("*.py"))
    assert named
    assert not [name for name in named if f'"{name}"' not in sources]
