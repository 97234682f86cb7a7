from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time

import psutil
import pytest

from napari_decrappify.errors import InvalidImageError, StoppedError, TrainingError
from napari_decrappify.finetuning import (
    Prepared,
    RunState,
    finetune,
    resume,
    runs,
)
from napari_decrappify.finetuning.process.events import Paused, Placed, Waiting, decode, encode
from napari_decrappify.jobs import Progress, run_to_end
from napari_decrappify.models import load_model
from napari_decrappify.training.running.events import (
    Begun,
    Evaluated,
    Learned,
    LeftOut,
    Parted,
)

LONG = ("stages.0.steps=100000", "stages.0.lr=2e-3", "evaluation.every=4", "evaluation.pictures=2", "data.workers=0")


@pytest.fixture(autouse=True)
def one_thread(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")


def first(job, kind):
    return next(step.payload for step in job if isinstance(step.payload, kind))


def test_what_the_process_says_arrives_as_it_was(tmp_path):
    payloads = [
        Begun(1, "adversarial", ("from here",)),
        Learned(3, 1.5, {"loss": 0.25}),
        Evaluated(4, {"psnr": 31.5}, tmp_path / "step-4.png", ("careful",), 2.0, {"lr": 1e-4}),
        Parted(5, 2),
        LeftOut(6, ("cut.png: it is damaged",)),
        Waiting("another"),
        Placed("cpu", "bfloat16"),
        Paused(),
        None,
    ]
    for payload in payloads:
        step = Progress(3, 10, "note", payload)
        assert decode(encode(step)) == step
    error = decode(encode(InvalidImageError("this", "that", "Do it.")))
    assert isinstance(error, InvalidImageError)
    assert str(error) == "Expected this, got that. Do it."
    assert decode(encode(RunState.FINISHED)) is RunState.FINISHED
    assert decode("a warning of some library") is None


def test_it_is_stopped_and_the_best_is_kept(tiny_upscaler, pictures, quick):
    seldom = [*LONG, "evaluation.every=100000"]
    job = finetune.job(pictures, base=tiny_upscaler, child=True, **{**quick, "overrides": seldom})
    controls = first(job, Prepared).controls
    first(job, Learned)
    controls.stop()
    done, run = run_to_end(job), runs()[0]
    assert done.name == run.model.stem
    assert [row.step > 0 for row in done.history] == [False, True], "judged where it was stopped"
    assert (run.state, run.resumable) == ("finished", True)


def test_while_it_waits_for_another_it_is_interrupted_and_discarded(tiny_upscaler, pictures, quick):
    other = finetune.job(pictures, base=tiny_upscaler, **{**quick, "overrides": LONG})
    first(other, Evaluated)
    job = finetune.job(pictures, base=tiny_upscaler, name="second", child=True, **quick)
    controls = first(job, Prepared).controls
    assert first(job, Waiting).other == runs()[1].folder.name
    controls.interrupt()
    with pytest.raises(StoppedError, match="unfinished"):
        first(job, TrainingError)
    run = runs()[0]
    assert (run.spec.name, run.state) == ("second", "unfinished")
    job = resume.job(run, child=True)
    controls = first(job, Prepared).controls
    first(job, Waiting)
    controls.discard()
    with pytest.raises(StoppedError, match="discarded"):
        first(job, TrainingError)
    assert run.state == "discarded"
    other.close()


def test_a_killed_process_is_told_and_its_run_resumed_to_the_same_model_whether_it_rests_or_not(
    tiny_upscaler, pictures, quick
):
    quick["overrides"] = ["stages.0.steps=24", *quick["overrides"][1:]]
    whole = finetune(pictures, base=tiny_upscaler, name="whole", **quick)
    job = finetune.job(pictures, base=tiny_upscaler, name="killed", child=True, **quick)
    first(job, Prepared)
    first(job, Evaluated)
    first(job, Evaluated)
    (process,) = [one for one in psutil.Process().children() if "finetuning.process.child" in " ".join(one.cmdline())]
    process.send_signal(signal.SIGKILL)
    with pytest.raises(TrainingError, match="exit code -9"):
        first(job, TrainingError)
    run = runs()[0]
    assert run.state == "unfinished"
    before = run.history
    job = resume.job(run, child=True)
    controls = first(job, Prepared).controls
    controls.pause()
    first(job, Paused)
    time.sleep(0.5)
    assert run.history == before
    controls.resume()
    payloads = []
    done = run_to_end(job, lambda step: payloads.append(step.payload))
    told = [one.step for one in payloads if isinstance(one, Evaluated)]
    assert told == [row.step for row in done.history[len(before) :]]
    one, two = load_model(whole.name).net.state_dict(), load_model(done.name).net.state_dict()
    assert all(bool((one[key] == two[key]).all()) for key in one)
    assert [row.psnr for row in done.history] == [row.psnr for row in whole.history]


def test_it_ends_with_a_checkpoint_when_its_parent_is_killed(tiny_upscaler, pictures, quick, tmp_path):
    job = finetune.job(pictures, base=tiny_upscaler, **{**quick, "overrides": LONG})
    first(job, Evaluated)
    job.close()
    run = runs()[0]
    script = f"""
        from napari_decrappify.finetuning import resume
        from napari_decrappify.training.running.events import Learned
        for step in resume.job({str(run.folder)!r}, child=True):
            if isinstance(step.payload, Learned):
                print(step.payload.step, flush=True)
    """
    parent = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script)], stdout=subprocess.PIPE, text=True, env=dict(os.environ)
    )
    parent.stdout.readline()
    parent.kill()
    parent.communicate()
    deadline = time.monotonic() + 20
    while run.state == "running" and time.monotonic() < deadline:
        time.sleep(0.1)
    assert run.state == "unfinished"
    assert run.resumable


def test_it_goes_on_alone_if_it_is_told_to_until_it_is_interrupted(tiny_upscaler, pictures, quick):
    job = finetune.job(pictures, base=tiny_upscaler, **{**quick, "overrides": LONG})
    first(job, Evaluated)
    job.close()
    run = runs()[0]
    with pytest.raises(TrainingError, match="which is unfinished"):
        run.interrupt()
    script = f"""
        import os
        from napari_decrappify.finetuning import Prepared, resume
        from napari_decrappify.training.running.events import Learned
        for step in resume.job({str(run.folder)!r}, child=True):
            if isinstance(step.payload, Prepared):
                controls = step.payload.controls
            if isinstance(step.payload, Learned):
                controls.detach()
                os._exit(0)
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=True)
    before = len(run.history)
    wait_until(lambda: len(run.history) > before + 2)
    assert run.interruptible
    run.interrupt()
    wait_until(lambda: run.state != "running")
    assert (run.state, run.resumable) == ("unfinished", True)


def test_a_training_in_this_process_is_not_interrupted(tiny_upscaler, pictures, quick):
    job = finetune.job(pictures, base=tiny_upscaler, **quick)
    first(job, Evaluated)
    assert not runs()[0].interruptible
    job.close()


def wait_until(condition, seconds=20):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)
