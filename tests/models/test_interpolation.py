"""Weights between those of a faithful model and of its textured partner."""

from __future__ import annotations

import pytest
import torch

from napari_decrappify.errors import InvalidParameterError
from napari_decrappify.models import (
    default_model,
    interpolated,
    list_models,
    load_model,
    textured_partner,
)


def test_the_partner_is_named_once_on_the_textured_models_card(tiny_pair):
    sharp, faithful = list_models()
    assert (faithful.fidelity, sharp.fidelity) == (None, "tiny-x2")
    assert textured_partner(faithful).name == "tiny-x2-sharp"
    assert textured_partner(sharp) is None


def test_the_faithful_one_is_the_default(tiny_pair):
    assert default_model("upscale", 2).name == "tiny-x2"


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_every_weight_lies_between_linearly(tiny_pair, share):
    faithful, sharp = map(load_model, tiny_pair)
    before = {name: weights.clone() for name, weights in faithful.net.state_dict().items()}
    mixed = interpolated(faithful, sharp, share)
    assert mixed.card == faithful.card
    for name, weights in mixed.net.state_dict().items():
        theirs = sharp.net.state_dict()[name]
        torch.testing.assert_close(weights, (1 - share) * before[name] + share * theirs)
        assert torch.equal(faithful.net.state_dict()[name], before[name])
        assert not torch.equal(theirs, before[name]) or not before[name].is_floating_point()


def test_a_partner_of_another_net_is_refused(tiny_pair, tiny_restorer):
    with pytest.raises(InvalidParameterError, match="tiny-restore, of another task"):
        interpolated(load_model(tiny_pair[0]), load_model(tiny_restorer), 0.5)
