"""``napari-decrappify finetune IMAGES... --task TASK --minutes N``."""

from __future__ import annotations

import argparse
from pathlib import Path

from ...finetuning import (
    Finetuned,
    Prepared,
    finetune,
    resume,
)
from ...jobs import Progress, ProgressCallback
from ..console import Console
from ..options import add_options, given
from ..training_progress import telling

BETTER, NO_BETTER = 0, 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the pictures, or the run to go on with, and how to train."""
    parser.add_argument("images", nargs="*", type=Path, metavar="IMAGES", help="folders of clean pictures, or files")
    parser.add_argument("--resume", type=Path, metavar="RUN", help="go on with the run in this folder")
    add_options(parser, finetune, flags={"overrides": "--set"}, leave_out=("skip", "crappy", "watched"))
    parser.add_argument("--skip", nargs="+", type=int, metavar="STAGE", help="stages to leave out, from 0")
    parser.add_argument("--crappy", nargs="+", type=Path, metavar="CRAPPY", help="for each of IMAGES the same, worse")


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Train, and say which model to use now, and how good it is."""
    with console.progress(arguments.name if "name" in arguments else "finetune") as progress:
        done = _trained(arguments, _telling(console, progress))
    console.result(f"{done.name}: {done.summary}")
    console.note(str(done.path))
    return BETTER if done.improved else NO_BETTER


def _trained(arguments: argparse.Namespace, tell: ProgressCallback) -> Finetuned:
    if arguments.resume is not None:
        return resume(arguments.resume, progress=tell)
    keywords = given(arguments, finetune)
    more = {name: value for name in ("skip", "crappy") if (value := keywords.pop(name, None)) is not None}
    return finetune(arguments.images, **keywords, **more, progress=tell)


def _telling(console: Console, draw: ProgressCallback | None) -> ProgressCallback:
    """Return what also says where the run lies, and what is to be known of the pictures."""
    tell = telling(console, draw)

    def say(step: Progress) -> None:
        if isinstance(step.payload, Prepared):
            console.note(f"run folder: {step.payload.run.folder}")
            for warning in step.payload.warnings:
                console.note(warning)
        tell(step)

    return say
