"""What counts as damage is declared once: cards and recipes have the same fields for it, whose names old files have."""

from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from napari_decrappify.models import DamageRule, ModelCard
from napari_decrappify.training.recipes.recipe import CardConfig

SAID = {"mask_threshold": 0.4, "mask_seed": 0.9, "mask_sure": 0.97, "mask_evidence": 12, "mask_coverage": True}
SAID |= {"mask_scales": (1, 2)}
RULE = DamageRule(0.4, 0.9, sure=0.97, evidence=12, coverage=True, scales=(1, 2))


def card(**fields):
    return ModelCard(name="finder", task="watermark", architecture="finder", **fields)


@pytest.mark.parametrize("made", [card, CardConfig])
def test_a_card_and_a_recipe_say_the_same_rule_in_the_same_words(made):
    assert made(**SAID).damage_rule == RULE
    assert made(**SAID).damage_fields == SAID
    assert made().damage_rule == DamageRule(0.5, None, sure=0.99, evidence=0)


def test_the_fields_are_written_and_read_under_the_names_that_files_have():
    written = json.loads(card(**SAID).model_dump_json())
    assert written.items() >= {**SAID, "mask_scales": [1, 2]}.items()
    assert ModelCard.model_validate(written).damage_rule == RULE


WRONG = [{"mask_threshold": 1.0}, {"mask_seed": 0.0}, {"mask_evidence": -1}, {"mask_sur": 1}]
WRONG += [{"mask_scales": ()}, {"mask_scales": (0,)}, {"mask_scales": (1.5,)}]


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("made", [card, CardConfig])
def test_a_rule_that_cannot_be_is_refused(made, wrong):
    with pytest.raises(ValidationError):
        made(**wrong)
