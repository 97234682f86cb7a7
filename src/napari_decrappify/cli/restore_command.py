"""``napari-decrappify restore INPUT...``."""

from __future__ import annotations

import argparse

from ..apply.tasks import restore
from .console import Console
from .repair import add_repair_arguments, run_repair


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the batch's options and the call's."""
    add_repair_arguments(parser, restore)


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Restore every input."""
    return run_repair(arguments, console, restore, "restore", "-restored")
