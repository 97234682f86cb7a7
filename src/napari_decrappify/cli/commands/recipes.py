"""``napari-decrappify recipes``."""

from __future__ import annotations

import argparse

from ...training.recipes.files import recipe_names, recipe_summary
from ..console import Console


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say where the files are from which a recipe of one's own can start."""
    parser.epilog = 'A recipe of your own is a TOML file; extends = "NAME" at its top starts from one of these.'


def run(_: argparse.Namespace, console: Console) -> int:
    """List the recipes in the package, and what each says of itself."""
    names = recipe_names()
    width = max(map(len, names))
    for name in names:
        console.result(f"{name:<{width}}  {recipe_summary(name)}")
    return 0
