"""The script that kills trainings sees what differs; `training/test_killed.py` says what must not."""

from __future__ import annotations

import runpy
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

SCRIPT = Path(__file__).parent.parent / "scripts" / "kill_and_resume.py"


@pytest.fixture
def differences(tmp_path):
    """Return what the script finds between a run and one with other weights in a file, or with files left over."""
    find = runpy.run_path(str(SCRIPT))["differences"]

    def compare(changed: str = "", left: str = "") -> list[str]:
        for folder in ("one", "other"):
            for file in ("mine.safetensors", "checkpoints/best.safetensors"):
                weights = np.ones(4, np.float32)
                weights[0] += (folder == "other" and file == changed) * np.finfo(np.float32).eps
                path = tmp_path / folder / file
                path.parent.mkdir(parents=True, exist_ok=True)
                save_file({"weights": weights}, path)
        if left:
            (tmp_path / "other" / left).touch()
        return find(tmp_path / "one", tmp_path / "other")

    return compare


def test_trainings_that_came_to_the_same_do_not_differ(differences):
    assert differences() == []


@pytest.mark.parametrize("file", ["mine.safetensors", "checkpoints/best.safetensors"])
def test_one_bit_of_one_weight_is_a_difference(differences, file):
    assert differences(changed=file) == [file]


def test_what_is_left_half_written_is_a_difference(differences):
    assert differences(left="checkpoints/.last.0123abcd.part.safetensors") == [".last.0123abcd.part.safetensors"]
