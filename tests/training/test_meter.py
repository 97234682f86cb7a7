"""The meter averages what every step has, and tells what matters now."""

from __future__ import annotations

import json

import pytest

from napari_decrappify.training.running.meter import Meter


def test_each_figure_is_averaged_over_the_steps_that_have_it() -> None:
    meter = Meter()
    meter.add({"lr": 1.0, "critic_loss": 0.5}, waited=0.1, spent=0.5)
    meter.add({"lr": 2.0, "generator_loss": 4.0}, waited=0.3, spent=0.5)
    meter.add({"lr": 3.0, "critic_loss": 0.7}, waited=0.0, spent=1.0)
    row = meter.flush()
    assert row == pytest.approx(
        {"lr": 2.0, "critic_loss": 0.6, "generator_loss": 4.0, "wait_share": 0.2, "steps_per_second": 1.5}
    )
    assert meter.flush() == {}, "it begins anew"


def test_a_restored_meter_goes_on_as_if_never_stopped() -> None:
    whole, first, second = Meter(), Meter(), Meter()
    figures = [{"loss": 0.1 * n, **({"psnr": n} if n % 2 else {})} for n in range(5)]
    for n, one in enumerate(figures):
        whole.add(one, 0.1 * n, 1.0)
        (first if n < 3 else second).add(one, 0.1 * n, 1.0)
        if n == 2:
            second.restore(json.loads(json.dumps(first.state())))
    assert second.flush() == whole.flush()


def test_the_note_tells_the_loss_of_the_stage_and_the_latest_psnr() -> None:
    meter = Meter()
    assert meter.note({}) == ""
    meter.add({"loss": 0.25, "pixel": 0.2}, 0, 1)
    assert meter.note({"psnr": 21.234567, "ssim": 0.5}) == "loss 0.25, psnr 21.23"
    meter.add({"critic_loss": 0.7, "critic_real": 0.5}, 0, 1)
    assert meter.note({}) == "critic_loss 0.7", "the pretraining is over"
    meter.add({"generator_loss": 3.0, "opinion": 1.0}, 0, 1)
    assert meter.note({}) == "critic_loss 0.7, generator_loss 3"
    meter.add({"loss": 0.125}, 0, 1)
    assert meter.note({}) == "loss 0.125"


def test_what_is_not_finite_is_not_told() -> None:
    meter = Meter()
    meter.add({"loss": float("nan")}, 0, 1)
    assert meter.note({"psnr": float("inf"), "psnr_input": 20.0}) == "psnr_input 20"
