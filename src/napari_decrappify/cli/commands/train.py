"""``napari-decrappify train RECIPE --data DIR --out DIR``."""

from __future__ import annotations

import argparse

from ...training.train import train
from ..console import Console
from ..options import add_options, given
from ..training_progress import telling


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the recipe, the folders, and how to run."""
    add_options(parser, train, positional=("recipe",), flags={"overrides": "--set"})


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Train, and say where the model is and how good it is."""
    keywords = given(arguments, train)
    with console.progress(str(arguments.recipe)) as progress:
        trained = train(**keywords, progress=telling(console, progress))
    figures = ", ".join(f"{name} {value:.4g}" for name, value in trained.metrics.items())
    console.result(f"{trained.model}: {figures}" if figures else str(trained.model))
    return 0
