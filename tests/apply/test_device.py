"""Devices and precisions are those that are there, or a typed error."""

from __future__ import annotations

import pytest
import torch

from napari_decrappify.apply.engine import device as devices
from napari_decrappify.apply.engine.device import (
    choose_device,
    choose_precision,
    free_memory,
    has_bf16,
    out_of_memory,
)
from napari_decrappify.errors import DeviceError, InvalidParameterError

CPU = torch.device("cpu")


def test_auto_finds_a_device():
    assert choose_device("auto").type in ("cpu", "cuda", "mps")
    assert choose_device("cpu") == CPU


@pytest.mark.parametrize("name", ["tpu", "", "cuda:", "cuda:x", "cuda:-1", None, 0])
def test_a_name_that_is_no_device_is_refused(name):
    with pytest.raises(InvalidParameterError):
        choose_device(name)


@pytest.mark.parametrize("name", ["cuda:99", "cpu:1"])
def test_a_device_that_is_absent_is_refused(name):
    with pytest.raises(DeviceError, match="Use device='auto'"):
        choose_device(name)


def test_bf16_needs_the_device_and_the_card(monkeypatch):
    monkeypatch.setattr(devices, "_processor_has_bf16", lambda: True)
    assert has_bf16(CPU)
    assert choose_precision("auto", CPU) == torch.bfloat16
    assert choose_precision("auto", CPU, allowed=False) == choose_precision("fp32", CPU) == torch.float32
    with pytest.raises(InvalidParameterError, match="card"):
        choose_precision("bf16", CPU, allowed=False)
    monkeypatch.setattr(devices, "_processor_has_bf16", lambda: False)
    assert choose_precision("auto", CPU) == torch.float32
    with pytest.raises(DeviceError):
        choose_precision("bf16", CPU)
    with pytest.raises(InvalidParameterError):
        choose_precision("fp64", CPU)


def test_free_memory_is_plausible():
    assert 2**24 < free_memory(CPU) < 2**50


def test_running_out_of_memory_is_told_from_other_errors():
    with pytest.raises(RuntimeError) as caught:
        torch.empty(1 << 50)
    assert out_of_memory(caught.value)
    assert out_of_memory(torch.cuda.OutOfMemoryError("CUDA out of memory."))
    assert out_of_memory(MemoryError())
    assert not out_of_memory(RuntimeError("shapes don't match"))
