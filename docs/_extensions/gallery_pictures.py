"""What the tutorials write into their output folder is what their pages show: a scraper for sphinx-gallery."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sphinx_gallery.scrapers import figure_rst


def output_folder(gallery_conf: Mapping[str, Any], script_vars: Mapping[str, Any]) -> list[str]:
    """Return what an example is called with: a folder of its own, emptied."""
    folder = _folder(gallery_conf, script_vars["src_file"])
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return [str(folder)]


def new_pictures(block: Any, block_vars: Mapping[str, Any], gallery_conf: Mapping[str, Any]) -> str:
    """Take the PNGs that a block of an example has written away from its folder, and return how they are shown."""
    written = sorted(_folder(gallery_conf, block_vars["src_file"]).glob("*.png"))
    shown = [str(shutil.move(picture, next(block_vars["image_path_iterator"]))) for picture in written]
    return figure_rst(shown, gallery_conf["src_dir"])


def _folder(gallery_conf: Mapping[str, Any], source: str) -> Path:
    return Path(gallery_conf["src_dir"]) / "_build" / "tutorials" / Path(source).stem
