"""A net of another project can be trained on, where it is made so; what was measured of it is measured again."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from napari_decrappify import finetune, train, upscale
from napari_decrappify.errors import InvalidParameterError
from napari_decrappify.models import load_model, read_card
from napari_decrappify.nets import build
from napari_decrappify.nets.generators.spandrel_net import SpandrelNet

STEPS = ("stages.0.steps=2", "stages.0.lr=1e-3", "evaluation.every=2", "evaluation.pictures=1", "data.workers=0")
QUICK = {"overrides": STEPS, "minutes": 5.0, "patch": 32, "device": "cpu", "precision": "fp32"}


@pytest.fixture
def pictures():
    y, x = np.mgrid[:64, :64]
    waves = ((np.sin(y / (3 + number)) + np.cos(x / 5)) * 60 + 120 for number in (0, 1))
    return [wave.astype(np.uint8)[..., None].repeat(3, -1) for wave in waves]


@pytest.mark.parametrize("name", ["span-x4", "filler"])
def test_it_is_trained_further(imported, pictures, name):
    card = imported(name)
    done = finetune(pictures, task=card.task, base=card.name, **QUICK)
    assert done.history[-1].step == 2
    assert done.name == card.name or done.card.architecture == "spandrel"
    assert done.best.psnr >= done.history[0].psnr


def test_what_comes_of_it_is_used_as_any_other(imported, pictures):
    done = finetune(pictures, base=imported("compact-x2").name, name="further", **QUICK)
    assert done.improved
    before, after = (load_model(name).net.state_dict() for name in ("compact-x2", "further"))
    assert not all(torch.equal(before[key], after[key]) for key in before)
    assert upscale(pictures[0], 2, model="further").shape == (128, 128, 3)


def test_how_far_trained_weights_see_is_measured_anew(imported, weights):
    options = imported("compact-x2").options
    net = build("spandrel", options, {f"net.{key}": value for key, value in weights("compact-x2").items()}).eval()
    for layer in (value for value in net.net.parameters() if value.ndim == 4):
        layer.data[..., 0, :] = layer.data[..., 2, :] = layer.data[..., 0] = layer.data[..., 2] = 0.0
    assert options["halo"] > 0
    assert net.settled(options) == {**options, "halo": 0}
    assert net.halo == 0


def test_so_it_is_at_the_end_of_a_training_by_a_recipe(imported, pictures, tmp_path, monkeypatch):
    monkeypatch.setattr(SpandrelNet, "settled", lambda _, options: {**options, "halo": 77})
    settings = ["stages=[{kind = 'pretrain-generator', steps = 2, lr = 1e-3}]", "data.patch=48", "data.batch=2"]
    settings += [
        "data.workers=0",
        "data.context=0",
        "evaluation.every=2",
        "evaluation.pictures=1",
        "evaluation.size=48",
    ]
    start = imported("compact-x2").name
    made = train("upscale-x2", pictures, tmp_path / "run", start=start, overrides=settings, precision="fp32")
    assert read_card(made.model).options == {**imported("compact-x2").options, "halo": 77}


def test_one_that_cannot_be_trained_is_refused_as_a_base(imported, pictures, monkeypatch):
    whole = SpandrelNet.unclipped
    monkeypatch.setattr(SpandrelNet, "unclipped", lambda net, x: whole(net, x).detach())
    with pytest.raises(InvalidParameterError, match="can be trained"):
        finetune(pictures, base=imported("compact-x2").name, **QUICK)


def test_without_weights_there_is_no_such_net():
    with pytest.raises(InvalidParameterError, match="imported model"):
        build("spandrel", {"architecture": "Compact"})
