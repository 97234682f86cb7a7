"""The buttons for the run that is chosen: what can be done with it depends on whether it goes on."""

from __future__ import annotations

from magicgui.widgets import Container, PushButton, Widget

from ...finetuning import Command
from .training import Training
from .view import View

TOGGLES = {Command.PAUSE: "Pause", Command.RESUME: "Go on"}


class RunCommands(Container[Widget]):
    """Pause, stop, discard, delete, and open the folder; nothing is enabled before `offer`."""

    def __init__(self) -> None:
        self.toggle = Command.PAUSE  # what the first button asks of a training
        self.pause, self.stop, self.discard, self.delete, self.folder = self.buttons = [
            PushButton(text=text, name=name, tooltip=tooltip, enabled=False)
            for text, name, tooltip in (
                (
                    "Pause",
                    "pause",
                    "Rest after this step, go on with a resting one, or resume one that was interrupted.",
                ),
                ("Stop and keep", "stop", "End now; the best moment so far becomes a model."),
                ("Discard", "discard", "End now and keep nothing but the curves."),
                ("Delete…", "delete", "Delete a run that has ended; its model stays."),
                ("Open folder", "folder", "Open the folder in which all of the run lies."),
            )
        ]
        rows = [
            Container[Widget](widgets=row, layout="horizontal", labels=False)
            for row in (self.buttons[:3], self.buttons[3:])
        ]
        super().__init__(widgets=rows, labels=False, name="commands")
        for part in (self, *rows):
            part.margins = (0, 0, 0, 0)

    def offer(self, chosen: bool, read: View | None, training: Training | None) -> None:
        """Enable what can be done.

        Parameters
        ----------
        chosen : bool
            Whether a run is chosen at all.
        read : View or None
            What is known of it; None as long as it hasn't been read.
        training : Training or None
            Its training, if it goes on in this dock.
        """
        allowed = frozenset[Command]() if training is None else training.phase.commands
        resting = None if training is not None or read is None or read.state.alive else read
        self.toggle = Command.RESUME if Command.RESUME in allowed else Command.PAUSE
        self.pause.text = "Resume" if training is None else TOGGLES[self.toggle]
        self.pause.enabled = self.toggle in allowed or (resting is not None and resting.resumable)
        alone = training is None and read is not None and read.interruptible
        self.stop.text = "Stop" if alone else "Stop and keep" if training is not None else "Keep the best"
        self.stop.enabled = Command.STOP in allowed or alone or (resting is not None and resting.keepable)
        self.discard.enabled = Command.DISCARD in allowed
        self.delete.enabled = resting is not None
        self.folder.enabled = chosen
