from __future__ import annotations

import itertools
import json
from types import SimpleNamespace

import numpy as np
import psutil
import pytest

from napari_decrappify.errors import FileReadError, FileWriteError, TrainingError
from napari_decrappify.finetuning import (
    Prepared,
    finetune,
    read_preview,
    resume,
    runs,
)
from napari_decrappify.finetuning.run import open_run
from napari_decrappify.finetuning.saving import finish
from napari_decrappify.models import load_model, user_model_path
from napari_decrappify.training.running import trainer
from napari_decrappify.training.running.events import Evaluated, Learned


def until(job, kind, count=1):
    """Advance a job until so many payloads of a kind have come; return the last."""
    for step in job:
        if isinstance(step.payload, kind):
            count -= 1
            if not count:
                return step.payload
    raise AssertionError(f"no {kind.__name__}")


def weights_of(name):
    return load_model(name).net.state_dict()


def same(one, two):
    return all(bool((one[key] == two[key]).all()) for key in one)


def test_an_interrupted_run_goes_on_and_comes_to_the_same(tiny_upscaler, pictures, quick):
    whole = finetune(pictures, base=tiny_upscaler, name="whole", **quick)
    job = finetune.job(pictures, base=tiny_upscaler, name="halves", **quick)
    until(job, Learned, 2)
    job.close()
    run = runs()[0]
    assert (run.state, run.resumable) == ("unfinished", True)
    del pictures[:]
    halves = resume(run)
    assert run.state == "finished"
    assert same(weights_of("whole"), weights_of(halves.name))
    assert [row.psnr for row in whole.history] == [row.psnr for row in halves.history]


def test_a_run_shows_its_history_and_previews(tiny_upscaler, pictures, quick):
    finetune(pictures, base=tiny_upscaler, **quick)
    run = runs()[0]
    assert [row.step for row in run.history] == list(run.previews) == [0, 2, 4, 6, 8]
    first, last = (read_preview(run.previews[step]) for step in (0, 8))
    assert first.input.shape == first.output.shape == first.target.shape
    assert np.array_equal(first.target, last.target)
    assert not np.array_equal(first.output, last.output)
    assert run.model.exists()
    assert run.note


def test_the_best_so_far_can_be_kept_without_the_process(tiny_upscaler, pictures, quick):
    job = finetune.job(pictures, base=tiny_upscaler, **quick)
    until(job, Evaluated, 3)
    job.close()
    done = finish(runs()[0])
    assert done.improved
    assert done.best.step in (2, 4)
    assert runs()[0].state == "finished"


def test_what_was_learned_since_the_last_evaluation_is_judged_and_kept(tiny_upscaler, pictures, quick):
    job = finetune.job(pictures, base=tiny_upscaler, name="mine", **seldom(quick))
    until(job, Learned, 5)
    job.close()
    run = runs()[0]
    assert [row.step for row in run.history] == [0]
    done = finish(run)
    assert (done.improved, done.name, done.best.step) == (True, "mine", 5)
    assert [row.step for row in done.history] == [0, 5]
    assert sorted(run.previews) == [0, 5]


def test_a_stopped_run_goes_on_to_what_it_would_have_come_to_and_its_model_stays(tiny_upscaler, pictures, quick):
    whole = finetune(pictures, base=tiny_upscaler, name="whole", **seldom(quick))
    job = finetune.job(pictures, base=tiny_upscaler, name="mine", **seldom(quick))
    until(job, Learned, 5)
    job.close()
    run = runs()[0]
    finish(run)
    assert (run.state, run.resumable) == ("finished", True)
    kept = weights_of("mine")
    done = resume(run)
    assert done.name == "mine-2"
    assert same(weights_of("mine-2"), weights_of("whole"))
    assert same(weights_of("mine"), kept)
    assert done.best.psnr == whole.best.psnr
    assert not run.resumable


def seldom(quick):
    """A training that is judged at its start and at its end."""
    return {**quick, "overrides": [*quick["overrides"], "evaluation.every=1000"]}


def test_the_best_is_kept_where_the_pictures_have_gone(tiny_upscaler, pictures, quick):
    job = finetune.job(pictures, base=tiny_upscaler, **quick)
    until(job, Learned, 3)
    job.close()
    run = runs()[0]
    for path in run.clean:
        path.unlink()
    done = finish(run)
    assert (done.improved, done.best.step) == (True, 4)
    assert "couldn't be judged" in done.summary
    assert not run.resumable


def test_a_run_is_judged_by_the_clock_unless_steps_are_asked_for(tiny_upscaler, pictures, quick, monkeypatch):
    """A clock that goes on by a second whenever it is looked at: two for a step, one for an evaluation."""
    monkeypatch.setattr(trainer, "time", SimpleNamespace(perf_counter=itertools.count().__next__))
    overrides = [one for one in quick["overrides"] if not one.startswith(("stages.0.steps", "evaluation.every"))]
    done = finetune(pictures, base=tiny_upscaler, **{**quick, "overrides": overrides, "minutes": 1.0})
    assert [row.step for row in done.history[:3]] == [0, 4, 8]
    assert len(done.history) >= 1 + 6


def test_a_run_is_discarded_and_deleted(tiny_upscaler, pictures, quick):
    job = finetune.job(pictures, base=tiny_upscaler, **quick)
    run = until(job, Prepared).run
    until(job, Evaluated, 2)
    with pytest.raises(TrainingError, match="Stop it first"):
        run.delete()
    job.close()
    run.discard()
    assert (run.state, run.resumable) == ("discarded", False)
    assert not (run.folder / "data").exists()
    assert len(run.history) == 2
    with pytest.raises(TrainingError, match="discarded"):
        resume(run)
    run.delete()
    assert runs() == []
    with pytest.raises(FileReadError):
        open_run(run.folder)


def test_a_deleted_base_does_no_harm(tiny_upscaler, pictures, quick):
    job = finetune.job(pictures, base=tiny_upscaler, **quick)
    until(job, Evaluated)
    job.close()
    user_model_path(tiny_upscaler).unlink()
    assert resume(runs()[0]).improved


def test_a_second_training_waits_for_the_first(tiny_upscaler, pictures, quick):
    first = finetune.job(pictures, base=tiny_upscaler, **quick)
    until(first, Evaluated)
    second = finetune.job(pictures, base=tiny_upscaler, name="second", **quick)
    notes = [next(second).note for _ in range(9)]
    assert "Waiting for" in notes[-1]
    assert {run.state for run in runs()} == {"running", "waiting"}
    for _ in first:
        pass
    until(second, Evaluated)
    second.close()


def test_a_run_whose_process_has_gone_is_unfinished(tiny_upscaler, pictures, quick):
    job = finetune.job(pictures, base=tiny_upscaler, **quick)
    run = until(job, Prepared).run
    until(job, Evaluated)
    assert run.state == "running"
    state = run.folder / "state.json"
    facts = json.loads(state.read_text())
    assert facts["pid"] == psutil.Process().pid
    job.close()
    state.write_text(json.dumps({**facts, "pid": 2**22 + 1}))
    assert run.state == "unfinished"


def test_a_full_disk_leaves_a_run_that_goes_on(tiny_upscaler, pictures, quick, monkeypatch):
    from napari_decrappify.training.running.run_folder import RunFolder

    def full(*_):
        raise FileWriteError("to write", "no space left on device")

    job = finetune.job(pictures, base=tiny_upscaler, **quick)
    until(job, Evaluated)
    with monkeypatch.context() as patched:
        patched.setattr(RunFolder, "add_metrics", full)
        with pytest.raises(FileWriteError):
            until(job, Evaluated)
    run = runs()[0]
    assert run.resumable
    assert resume(run).improved


def test_a_training_that_goes_astray_is_rolled_back(tiny_upscaler, pictures, quick):
    overrides = [
        *quick["overrides"],
        "stages.0.steps=60",
        "stages.0.lr=1e18",
        "stages.0.warmup=1.0",
        "optimizer.clip=0",
    ]
    done = finetune(pictures, base=tiny_upscaler, **{**quick, "overrides": overrides})
    assert "rolled back" in done.summary
    assert done.name == tiny_upscaler
    assert runs()[0].state == "finished"


def test_a_finished_run_cannot_go_on(tiny_upscaler, pictures, quick):
    finetune(pictures, base=tiny_upscaler, **quick)
    with pytest.raises(TrainingError, match="finished"):
        resume(runs()[0])
