"""The script for machines with a GPU reports what it finds, on the processor too, and goes on after failures."""

from __future__ import annotations

import runpy
import sys
from argparse import Namespace
from pathlib import Path

import pytest
import torch

SCRIPT = Path(__file__).parent.parent / "scripts" / "gpu_check.py"


@pytest.fixture
def names():
    """Return what the script defines; it is run as a module, so that nothing begins."""
    sys.modules["gpu_check"] = module = type(sys)("gpu_check")
    module.__dict__.update(runpy.run_path(str(SCRIPT), run_name="gpu_check"))
    yield module.__dict__
    del sys.modules["gpu_check"]


def test_a_part_of_it_passes_on_the_processor(names, tiny_upscaler, capsys):
    assert names["main"](["--device", "cpu", "--side", "32", "--only", tiny_upscaler, "alone"]) in (0, 1)
    said = capsys.readouterr().out
    assert f"passed  {tiny_upscaler} fp32: differs by 0 of 0.001 allowed" in said
    assert "torch" in said.splitlines()[1]
    assert f"| {tiny_upscaler} fp32" in said


def test_without_a_gpu_it_says_so_and_ends_well(names, monkeypatch, capsys):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    assert names["main"]([]) == 0
    assert "There is no GPU" in capsys.readouterr().out


def test_a_failure_is_told_with_its_reason_and_the_next_check_is_tried(names):
    def breaks():
        raise RuntimeError("CUDA error: an illegal\nmemory access")

    def lacks():
        raise names["Skipped"]("no bf16")

    tried = [names["Check"](name, run) for name, run in (("a", breaks), ("b", lacks), ("c", lambda: "well"))]
    found = list(names["outcomes"](iter(tried), ()))
    assert [one.verdict for one in found] == ["FAILED", "skipped", "passed"]
    assert found[0].words == "RuntimeError: CUDA error: an illegal memory access"
    assert "breaks" in found[0].trace
    assert len(list(names["table"](found))) == 3


def test_a_result_that_differs_is_a_failure(names, tiny_restorer, monkeypatch):
    from napari_decrappify.models import load_model

    card, device = load_model(tiny_restorer).card, torch.device("cpu")
    whole, calls = names["done"], []

    def done(*arguments, **keywords):
        calls.append(arguments)
        return whole(*arguments, **keywords) + (len(calls) > 1) * 0.01

    monkeypatch.setitem(names["compared"].__globals__, "done", done)
    with pytest.raises(AssertionError, match=r"differs by 0\.01 of 0\.001 allowed"):
        names["compared"](card, device, "fp32", 1e-3, 32)


def test_every_model_and_every_small_recipe_is_among_the_checks(names, tmp_path):
    wanted = [one.name for one in names["checks"](torch.device("cpu"), Namespace(side=32, patience=1.0), tmp_path)]
    assert {"upscale-x2 fp32", "infill half", "out of memory", "train lesson7-gan-tiny fp16"} <= set(wanted)
