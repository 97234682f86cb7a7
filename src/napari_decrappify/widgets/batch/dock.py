"""The batch dock: files or a folder through a task, each done, skipped or failed; those that failed once more."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

from magicgui.types import FileDialogMode
from magicgui.widgets import CheckBox, ComboBox, Container, FileEdit, PushButton, Widget
from qtpy.QtWidgets import QTreeWidgetItem

from ...batch.job import BatchReport, BatchRequest, batch_job
from ...batch.planning import FORMATS
from ...files import READABLE, is_folder
from ...jobs import Job, Progress
from ...tasks import TASKS, TaskSpec, callable_tasks
from ..base.dock import MIN_WIDTH
from ..base.fields import Choice, Text
from ..base.part_fields import shorten
from ..base.preferences import use_model_folder
from ..base.run_button import RunButton
from ..base.scrolling import Scrolled
from ..base.shortcuts import RUN, add_shortcut
from ..file_drops import FileDrops
from ..jobs.warm_up import warmed
from .outcome_list import OutcomeList
from .path_choice import PathChoice
from .task_form import TaskForm

NO_PICTURES = "Choose files or a folder, or drop them here."
NO_MASK = "Choose a mask, or a folder with one for each picture."
WHAT = "The pictures to work on: files, or all below a folder. They are never replaced. They can be dropped here, too."
MASK = (
    "White where something is to be replaced, or opaque on transparency. For several pictures a folder with one for "
    "each, called as it is: a.png or a.mask.png for a.jpg."
)
OUTPUT = "The folder of the results, with the folders of the pictures inside it; beside the pictures if it is empty."
FORCE = "Replace results that are there; without it, their pictures are skipped."
RECORD = "Also write how each was made to NAME.record.json; a PNG or TIFF has it inside anyway."
AGAIN = "Do the pictures that failed once more, as the fields stand now."
CANCEL = "Stop. What is done stays, and nothing is left half-written."
FOLDER = FileDialogMode.EXISTING_DIRECTORY


class BatchDock(Container[Widget]):
    """Puts many picture files through a task; the command line does the same, with the same names."""

    def __init__(self) -> None:
        self.report = BatchReport()
        self._forms: dict[str, TaskForm] = {}
        self.pictures = PathChoice("pictures", "Pictures", NO_PICTURES, WHAT, many=True)
        self.task = ComboBox(
            name="task",
            label="Task",
            choices=[(spec.title, spec.name) for spec in callable_tasks()],
            tooltip="What to do.",
        )
        self.mask = PathChoice("mask", "Mask", "none", MASK, many=False)
        self.output = FileEdit(
            name="output", label="Output folder", mode=FileDialogMode.EXISTING_DIRECTORY, tooltip=OUTPUT
        )
        self.format = Choice(
            name="format",
            label="Format",
            value=None,
            choices=[("as each picture", None), *((one, one) for one in FORMATS)],
            tooltip="The format to write.",
        )
        self.force = CheckBox(name="force", text="Replace results that are there", tooltip=FORCE)
        self.record = CheckBox(name="record", text="Records beside the results", tooltip=RECORD)
        self.again = PushButton(name="again", text="Again for the failed", enabled=False, tooltip=AGAIN)
        self.run_button = RunButton(
            "Run", self.prepared, self._deliver, self.obstacle, on_progress=self._on_progress, ended=self._on_ended
        )
        self.outcomes, self.reason = OutcomeList(), Text(name="reason", tooltip="All that is known of the file.")
        self._first = Container[Widget](widgets=[self.pictures, self.task])
        self._form = Container[Widget](widgets=[], labels=False)
        self._last = Container[Widget](widgets=[self.mask, self.output, self.format, self.force, self.record])
        super().__init__(
            widgets=[Scrolled([self._first, self._form, self._last]), self.run_button, self.again, self.reason],
            labels=False,
        )
        self._arrange()
        self._connect()

    @property
    def spec(self) -> TaskSpec:
        """The task that is chosen."""
        return TASKS[str(self.task.value)]

    @property
    def form(self) -> TaskForm:
        """The fields of the task that is chosen; made when it is chosen first."""
        if self.spec.name not in self._forms:
            form = self._forms[self.spec.name] = TaskForm(self.spec)
            form.model.changed.connect(self.run_button.refresh)
            self._form.append(form)
        return self._forms[self.spec.name]

    def request(self, only: Collection[Path] | None = None) -> BatchRequest:
        """Return what is asked for, as it stands in the fields; of all pictures, or `only` some."""
        output = self.output.line_edit.value.strip()
        return BatchRequest(
            self.spec,
            self.pictures.value,
            Path(output).expanduser() if output else None,
            self.format.value,
            self.form.keywords(),
            next(iter(self.mask.value), None) if self.spec.replaces else None,
            self.form.saved(),
            bool(self.force.value),
            bool(self.record.value),
            only,
        )

    def prepared(self, only: Collection[Path] | None = None) -> Job[BatchReport]:
        """Return the job, and begin a new list of what becomes of each file."""
        request, self.report = self.request(only), BatchReport()
        self.outcomes.begin()
        return warmed(batch_job(request, self.report))

    def run_again(self) -> None:
        """Do the pictures that failed once more."""
        failed = {source for source, _ in self.report.failed}
        if failed and not self.run_button.running:
            self.again.enabled = False
            self.run_button.do(lambda: self.prepared(failed), self._deliver)

    def obstacle(self) -> str:
        """Return why nothing can run now; an empty text when it can."""
        if not self.pictures.value:
            return NO_PICTURES
        return self.form.model.obstacle() or (NO_MASK if self.spec.fills and not self.mask.value else "")

    def _arrange(self) -> None:
        use_model_folder()
        self.min_width = MIN_WIDTH
        for part in (self._first, self._form, self._last):
            part.margins = (0, 0, 0, 0)
        shorten(self.output, "beside the pictures")
        self.run_button.cancel.tooltip = CANCEL
        self.native.layout().insertWidget(self.index(self.reason), self.outcomes)
        self._on_task()

    def _connect(self) -> None:
        self.task.changed.connect(self._on_task)
        self.pictures.picked.connect(self._on_picked)
        self.mask.picked.connect(self._on_picked)
        self.again.changed.connect(self.run_again)
        self.outcomes.currentItemChanged.connect(self._on_chosen)
        add_shortcut(self, RUN, self.run_button.start.native.click)
        FileDrops(self.native, _is_picture, self._on_dropped)

    def _on_task(self) -> None:
        """Show the fields of the task."""
        chosen = self.form
        for form in self._forms.values():
            form.visible = form is chosen
        self.mask.visible = self.spec.replaces
        self.run_button.refresh()

    def _on_picked(self, *_: Any) -> None:
        self.run_button.refresh()

    def _on_dropped(self, paths: list[Path]) -> None:
        self.pictures.value = paths

    def _on_progress(self, _: Progress) -> None:
        self.outcomes.follow(self.report)

    def _deliver(self, report: BatchReport) -> None:
        self.run_button.note.value = f"{report.summary(report.total)}."

    def _on_ended(self) -> None:
        self.outcomes.follow(self.report)
        self.again.enabled = bool(self.report.failed)
        if self.report.failed:
            self.outcomes.setCurrentItem(self.outcomes.topLevelItem(0))

    def _on_chosen(self, line: QTreeWidgetItem | None, *_: Any) -> None:
        """Say all of a line that the list has no room for."""
        self.reason.value = "" if line is None else line.toolTip(1)


def _is_picture(path: Path) -> bool:
    return is_folder(path) or path.suffix.lower() in READABLE
