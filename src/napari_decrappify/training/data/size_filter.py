"""Pictures that are too small to learn from, thumbnails and icons among photos, are left out before anything is drawn.

What is a little smaller than a patch is continued by reflection (`patches.piece`); what would have to be mirrored again
and again teaches a net nothing but mirrors.
"""

from __future__ import annotations

from ...errors import TrainingError
from ..recipes.recipe import Recipe
from ..recipes.stages import Timed
from .picture_source import Pictures
from .pictures import chosen

NAMED = 3


def least_side(recipe: Recipe) -> int:
    """Return the side of the smallest picture that a recipe learns from: half of its largest patch, context and all.

    Stages that resize pictures first take any.
    """
    stages = [stage.data_of(recipe.data) for stage in recipe.sequence if isinstance(stage, Timed)]
    return max((data.patch // 2 + data.context for data in stages if not data.resize), default=1)


def large_enough(pictures: Pictures, side: int) -> Pictures:
    """Return the pictures of at least `side` pixels a side; `left_out` names the others.

    Raises
    ------
    TrainingError
        If there is none.
    """
    sides = [min(pictures.shape(index)) for index in range(len(pictures))]
    kept = [index for index, length in enumerate(sides) if length >= side]
    if len(kept) == len(sides):
        return pictures
    if not kept:
        raise TrainingError(
            f"pictures of at least {side} pixels a side",
            f"{max(sides)} as the shorter side of the largest",
            "Choose a smaller patch (data.patch), or larger pictures.",
        )
    return chosen(pictures, kept, _said(pictures, set(range(len(sides))).difference(kept), side))


def _said(pictures: Pictures, small: set[int], side: int) -> str:
    names = [pictures.names[index] for index in sorted(small)]
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"{', '.join(names[:NAMED])}{more}, smaller than {side} pixels a side."
