"""Turns are taken by the published rules."""

from __future__ import annotations

import json
import math

import pytest

from napari_decrappify.training.recipes.loss import AdaptiveSwitch, FixedSwitch
from napari_decrappify.training.stages.switcher import Switcher

# Loss of the batch that the party with the turn has learned from, and whether the critic has the turn.
ADAPTIVE = [
    (0.70, True),  # the critic begins
    (0.80, True),
    (0.65, True),  # not below the threshold
    (0.64, True),  # below it
    (9.00, False),  # one step, whatever its loss
    (0.10, True),  # again at once
    (0.10, False),
    (0.66, True),
    (math.nan, True),
    (0.20, True),
    (0.70, False),
    (0.70, True),
]


def turns(switcher: Switcher, losses: list[float]) -> list[bool]:
    taken = []
    for loss in losses:
        taken.append(switcher.critic_turn)
        switcher.after(loss)
    return taken


def test_adaptive_turns_follow_the_raw_loss_of_the_last_batch() -> None:
    losses, expected = zip(*ADAPTIVE, strict=True)
    assert turns(Switcher(AdaptiveSwitch(threshold=0.65)), list(losses)) == list(expected)


@pytest.mark.parametrize(
    ("critic", "generator", "expected"),
    [(1, 1, "CGCGCGCG"), (5, 1, "CCCCCGCCCCCG"), (2, 3, "CCGGGCCGGG")],
    ids=["one to one", "Wasserstein", "two to three"],
)
def test_fixed_turns_count_steps(critic: int, generator: int, expected: str) -> None:
    taken = turns(Switcher(FixedSwitch(critic=critic, generator=generator)), [0.0] * len(expected))
    assert "".join("C" if turn else "G" for turn in taken) == expected


@pytest.mark.parametrize("rule", [AdaptiveSwitch(), FixedSwitch(critic=3, generator=2)], ids=["adaptive", "fixed"])
@pytest.mark.parametrize("stop", range(6))
def test_a_restored_switcher_goes_on_as_if_never_stopped(rule: AdaptiveSwitch | FixedSwitch, stop: int) -> None:
    losses = [loss for loss, _ in ADAPTIVE]
    whole, first, second = Switcher(rule), Switcher(rule), Switcher(rule)
    expected = turns(whole, losses)
    before = turns(first, losses[:stop])
    second.restore(json.loads(json.dumps(first.state())))
    assert before + turns(second, losses[stop:]) == expected
