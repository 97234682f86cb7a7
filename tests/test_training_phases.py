"""What the window knows of a training follows from what its process says and from what was asked of it since."""

from __future__ import annotations

import queue
import time

import pytest

from napari_decrappify.errors import StoppedError
from napari_decrappify.finetuning import Command, Controls, Paused, Phase, Placed, Prepared, Waiting
from napari_decrappify.jobs import Progress
from napari_decrappify.training.running.events import Learned
from napari_decrappify.widgets.runs.training import Training

END = object()


class Said(Controls):
    """A process that says what it is given and keeps what it is asked for."""

    pid = None

    def __init__(self):
        self.sent, self._payloads = [], queue.SimpleQueue()
        self.closed = False

    def send(self, command):
        self.sent.append(command)

    def job(self):
        try:
            yield Progress(0, 1, "Starting", Prepared(None, self))
            while (payload := self._payloads.get()) is not END:
                yield Progress(1, 2, "", payload)
        finally:
            self.closed = True
        raise StoppedError("a training that ends with a result", "unfinished, as it was asked to be")

    def say(self, training, payload):
        """Say something, and let the window hear it."""
        self._payloads.put(payload)
        heard(training, lambda payloads: payload in payloads or training.over)


def heard(training, wanted):
    deadline = time.monotonic() + 20
    while not wanted(training.hear()):
        assert time.monotonic() < deadline


@pytest.fixture
def process():
    return Said()


@pytest.fixture
def training(process):
    training = Training(process.job())
    heard(training, lambda payloads: payloads)
    yield training
    process._payloads.put(END)


def test_it_goes_through_its_phases_as_its_process_says(process, training):
    phases = [training.phase]
    for payload in (Waiting("other"), Placed("cpu", "float32"), Learned(1, 0.1, {}), None):
        process.say(training, payload)
        phases.append(training.phase)
    assert phases == [Phase.PREPARING, Phase.WAITING, Phase.RUNNING, Phase.RUNNING, Phase.RUNNING]


def test_a_step_that_was_under_way_does_not_end_a_pause(process, training):
    process.say(training, Learned(1, 0.1, {}))
    training.pause()
    process.say(training, Learned(2, 0.2, {}))
    assert training.phase == Phase.PAUSING
    process.say(training, Paused())
    assert training.phase == Phase.PAUSED
    training.resume()
    assert training.phase == Phase.RUNNING
    assert process.sent == [Command.PAUSE, Command.RESUME]


@pytest.mark.parametrize("command", [Command.STOP, Command.DISCARD, Command.INTERRUPT, Command.DETACH])
def test_one_that_was_asked_to_end_is_ending_whatever_it_still_says(process, training, command):
    training.send(command)
    process.say(training, Paused() if command != Command.INTERRUPT else END)
    assert training.phase in (Phase.ENDING, Phase.ENDED)
    assert process.sent == [command]


def test_one_that_has_ended_hears_nothing_and_being_asked_to_end_is_no_error(process, training):
    process.say(training, END)
    assert training.phase == Phase.ENDED
    assert training.error is None
    for command in Command:
        training.send(command)
    assert training.phase == Phase.ENDED
    assert process.sent == []


def test_one_that_is_interrupted_before_its_process_begins_does_not_begin():
    process, gate = Said(), queue.SimpleQueue()

    def job():
        yield Progress(0, 1, "Copying")
        gate.get()
        yield from process.job()

    training = Training(job())
    training.stop()
    assert training.phase == Phase.PREPARING, "there is nothing yet to be kept"
    training.interrupt()
    gate.put(None)
    heard(training, lambda _: training.over)
    assert process.sent == []
