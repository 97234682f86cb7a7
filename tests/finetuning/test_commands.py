"""The commands of a training process, and when each may be given, stand in one place that everything follows."""

from __future__ import annotations

import pytest

from napari_decrappify.finetuning import Command, Controls, Phase, Placed, RunState, Waiting
from napari_decrappify.finetuning.process.events import Paused, phase_of
from napari_decrappify.training.running.events import Learned


class Recorded(Controls):
    """Controls that keep what they are asked for."""

    pid = None

    def __init__(self):
        self.sent = []

    def send(self, command):
        self.sent.append(command)


@pytest.mark.parametrize("command", Command)
def test_every_command_is_a_method_of_the_controls(command):
    controls = Recorded()
    getattr(controls, command)()
    assert controls.sent == [command]


def test_only_a_training_that_runs_is_paused_and_only_a_paused_one_resumed():
    assert [phase for phase in Phase if Command.PAUSE in phase.commands] == [Phase.RUNNING]
    assert [phase for phase in Phase if Command.RESUME in phase.commands] == [Phase.PAUSED]


def test_what_waits_or_runs_can_be_ended_and_what_ends_hears_nothing():
    ends = {Command.STOP, Command.DISCARD, Command.INTERRUPT}
    ended = [phase for phase in Phase if phase.commands >= ends]
    assert ended == [Phase.WAITING, Phase.RUNNING, Phase.PAUSING, Phase.PAUSED]
    assert not Phase.ENDING.commands | Phase.ENDED.commands


@pytest.mark.parametrize(
    ("event", "phase"),
    [
        (Waiting("other"), Phase.WAITING),
        (Placed("cpu", "float32"), Phase.RUNNING),
        (Learned(1, 0.1, {}), Phase.RUNNING),
        (Paused(), Phase.PAUSED),
        (None, None),
        ("a word", None),
    ],
)
def test_an_event_tells_the_phase(event, phase):
    assert phase_of(event) is phase


def test_a_run_that_goes_on_is_alive_and_not_over():
    assert [state for state in RunState if state.alive] == ["waiting", "running"]
    assert [state for state in RunState if state.over] == ["finished", "discarded"]
