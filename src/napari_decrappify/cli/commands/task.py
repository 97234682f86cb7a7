"""``napari-decrappify upscale INPUT...`` and its like: a command for each task, as `tasks.TASKS` declares it."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...apply.shared_marks.file import load_mark, save_mark
from ...batch.masks import Masks, check_single, read_hints, read_mask
from ...batch.planning import batch_items
from ...batch.shared_mark import NOTHING_SHARED, shared_mark
from ...batch.task_work import EXTRAS, TaskWork
from ...errors import InvalidParameterError
from ...files import BatchItem, ImageFile, check_free
from ...jobs import Call, ProgressCallback, run_to_end
from ...parameters import parameters_of
from ...tasks import TaskSpec, call_named
from ...volumes import is_volume
from ..batch import add_batch_arguments, add_record_arguments, run_batch
from ..console import Console
from ..options import add_options, given
from ..volumes import add_volume_arguments, has_volumes, run_volumes

SAVE_MARK = "with --shared: also write the mark that was solved to this PNG, for --mark"
FURTHER = "Or a folder with a mask for each image, called as it is. Of a zarr also a zarr or npy file"
MASKS = {
    "optional": f"an image that is white where the damage is, or opaque on transparency; found by default. {FURTHER}",
    "required": f"an image that is white where the holes are, or opaque on transparency. {FURTHER}",
}
HINTS = "an RGBA image of the same size: its colours are to hold wherever it isn't wholly transparent"


@dataclass(frozen=True)
class TaskCommand:
    """The command of a task: its options follow from its call, its masks and results from its spec."""

    spec: TaskSpec

    @property
    def call(self) -> Call[..., Any]:
        """The task's call on arrays."""
        call: Call[..., Any] = call_named(self.spec.operation)
        return call

    @property
    def extras(self) -> list[str]:
        """What the call can return beside the image."""
        return [extra for extra in EXTRAS if f"return_{extra}" in parameters_of(self.call)]

    @property
    def marks(self) -> bool:
        """Whether the call takes a mark that was solved before."""
        return "mark" in parameters_of(self.call)

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the batch's options, the call's, the mask, and what else is to be written."""
        add_batch_arguments(parser)
        add_options(parser, self.call, leave_out=[f"return_{extra}" for extra in EXTRAS])
        if self.spec.replaces:
            parser.add_argument("--mask", type=Path, required=self.spec.fills, help=MASKS[self.spec.mask])
        if self.spec.colors:
            parser.add_argument("--hints", type=Path, help=HINTS)
        for extra in self.extras:
            parser.add_argument(f"--save-{extra}", action="store_true", help=EXTRAS[extra])
        if self.marks:
            parser.add_argument("--save-mark", type=Path, metavar="FILE", help=SAVE_MARK)
        add_record_arguments(parser)
        add_volume_arguments(parser)

    def run(self, arguments: argparse.Namespace, console: Console) -> int:
        """Put every input through the call."""
        keywords, saved = given(arguments, self.call), self._saved(arguments)
        if has_volumes(arguments):
            return self._run_volumes(arguments, console, keywords, saved)
        masks, hints = self._masks(arguments), self._hints(arguments)
        if self.marks:
            keywords = self._with_mark(arguments, keywords, masks, console)
        doing = TaskWork(self.spec, keywords, masks, hints, saved, arguments.force, arguments.record)
        _ = doing.model  # whatever is wrong with it is told once

        def work(item: BatchItem, image: ImageFile, progress: ProgressCallback | None) -> None:
            run_to_end(doing.job(item, image), progress)

        return run_batch(arguments, console, self.spec.suffix, work)

    def _run_volumes(
        self, arguments: argparse.Namespace, console: Console, keywords: dict[str, Any], saved: str | None
    ) -> int:
        if saved is not None or arguments.format is not None:
            unfit = "--format" if saved is None else f"--save-{saved}"
            raise InvalidParameterError(f"pictures, for {unfit}", str(arguments.inputs[0]))
        mask = arguments.mask if self.spec.replaces else None
        if mask is not None and not is_volume(mask):
            if len(arguments.inputs) > 1:
                check_single(arguments.inputs, "mask")
            mask = read_mask(mask, arguments.max_pixels)
        return run_volumes(self.spec, arguments, console, mask, keywords)

    def _saved(self, arguments: argparse.Namespace) -> str | None:
        """Return what is to be written beside the image; a call returns one thing at most."""
        return next((extra for extra in self.extras if getattr(arguments, f"save_{extra}")), None)

    def _masks(self, arguments: argparse.Namespace) -> Masks:
        if not self.spec.replaces:
            return Masks()
        shared = getattr(arguments, "shared", False)
        return Masks.at(arguments.mask, arguments.inputs, shared=shared, max_pixels=arguments.max_pixels)

    def _hints(self, arguments: argparse.Namespace) -> Any:
        if not self.spec.colors or arguments.hints is None:
            return None
        check_single(arguments.inputs, "hints")
        return read_hints(arguments.hints, arguments.max_pixels)

    def _with_mark(
        self, arguments: argparse.Namespace, keywords: dict[str, Any], masks: Masks, console: Console
    ) -> dict[str, Any]:
        """Return a call's keywords with the mark that ``--mark`` names, or that all pictures share.

        Raises
        ------
        InvalidParameterError
            For ``--save-mark`` where none is solved, or ``--shared`` together with ``--mark``.
        InvalidImageError
            For pictures of different sizes.
        """
        shared = keywords.get("shared", False)
        if arguments.save_mark is not None and not shared:
            raise InvalidParameterError("--shared with --save-mark", "a batch whose pictures share no mark")
        if not shared:
            return {**keywords, "mark": load_mark(keywords["mark"])} if "mark" in keywords else keywords
        if "mark" in keywords:
            raise InvalidParameterError("--shared or --mark", "both")
        if arguments.save_mark is not None:
            check_free(arguments.save_mark, arguments.force)
        items, _ = batch_items(arguments.inputs, arguments.output, arguments.format, self.spec.suffix)
        solving = shared_mark(items, masks.common, keywords.get("nonfinite", "raise"), arguments.max_pixels)
        with console.progress("the mark") as progress:
            mark = run_to_end(solving, progress)
        if not mark.coverage.any():
            console.note(NOTHING_SHARED)
        if arguments.save_mark is not None:
            save_mark(arguments.save_mark, mark)
            console.note(f"the mark -> {arguments.save_mark}")
        return {name: value for name, value in keywords.items() if name != "shared"} | {"mark": mark}
