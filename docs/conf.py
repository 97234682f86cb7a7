"""How the site is built: ``make docs``. It needs no network, and no model but those that are bundled."""

from __future__ import annotations

import os
import shutil
import sys
from importlib.metadata import version as version_of
from pathlib import Path

DOCS = Path(__file__).parent
sys.path.insert(0, str(DOCS / "_extensions"))
# What the tutorials train lands here, and models of the person who builds are on no page.
HOME = DOCS / "_build" / "home"
shutil.rmtree(HOME, ignore_errors=True)
os.environ["DECRAPPIFY_HOME"] = str(HOME)
os.environ["NAPARI_CONFIG"] = str(DOCS / "_build" / "napari.yaml")

project = "napari-decrappify"
author = "napari-decrappify contributors"
copyright = f"2026, {author}"
version = release = version_of("napari-decrappify")

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "generated_pages",  # before the tutorials, which train a model
    "sphinx_gallery.gen_gallery",
    "pages_of_the_repository",
]
exclude_patterns = ["_build", "_extensions", "generated", "tutorials/*.py", "tutorials/*.ipynb", "tutorials/*.json"]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}

html_theme = "alabaster"
html_title = "napari-decrappify"
html_theme_options = {
    "description": "Make images worse on purpose, learn the way back, and apply it in napari.",
    "fixed_sidebar": True,
    "page_width": "1100px",
}

myst_enable_extensions = ["deflist"]  # the cards of the models
myst_heading_anchors = 3

autodoc_typehints = "none"  # the docstrings say them, in words
autosummary_generate = False
numpydoc_show_class_members = False

sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "tutorials",
    "filename_pattern": r"\.py$",  # all of them run
    "ignore_pattern": r"__init__\.py",
    "image_scrapers": ("gallery_pictures.new_pictures",),
    "reset_argv": "gallery_pictures.output_folder",
    "reset_modules": (),
    "download_all_examples": False,
    "show_memory": False,
    "write_computation_times": False,  # its page loads scripts from elsewhere
    "show_signature": False,
    "min_reported_time": 1_000_000,
    "backreferences_dir": None,
}
