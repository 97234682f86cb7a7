"""The model that a training leaves: normalisation folded away, and a card that says how it was made."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from ...models import ModelCard
from ...nets import Generator
from ...nets.fold import fold_batch_norm
from ..recipes.recipe import Recipe


def card_of(
    recipe: Recipe, net: Generator, steps: int, seconds: float, metrics: dict[str, float]
) -> tuple[Generator, ModelCard]:
    """Return the net as it is saved, and its card.

    Parameters
    ----------
    recipe : Recipe
        What was trained; the card keeps all of it.
    net : Generator
        The averaged weights.
    steps, seconds : int, float
        How long it has been trained.
    metrics : dict
        Figures of the last evaluation, on held-out pictures.
    """
    folded, options = fold_batch_norm(net, recipe.generator.options)
    card = ModelCard(
        name=recipe.name,
        task=recipe.task,
        architecture=recipe.generator.architecture,
        options=options,
        scale=net.scale,
        bf16=recipe.card.bf16,
        headroom=recipe.data.headroom,
        levels=recipe.card.levels,
        **recipe.card.damage_fields,
        fidelity=recipe.card.fidelity,
        description=recipe.card.description,
        license=recipe.card.license,
        data=recipe.card.data,
        recipe=json.loads(recipe.model_dump_json()),
        steps=steps,
        hours=round(seconds / 3600, 3),
        metrics={name: round(value, 4) for name, value in metrics.items()},
        limits=recipe.card.limits,
        created=datetime.now(UTC).date().isoformat(),
    )
    return folded, card
