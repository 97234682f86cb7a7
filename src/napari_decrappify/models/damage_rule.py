"""What counts as damage to a model that finds it: the one declaration, for cards, recipes and whoever makes masks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, Field

DILATE = 1  # pixels by which found damage is grown where nobody says otherwise


@dataclass(frozen=True)
class DamageRule:
    """How the damage probabilities that a net gives become a mask; `apply.finding` does it.

    Parameters
    ----------
    threshold : float
        Probability above which a pixel may be damaged.
    seed : float, optional
        If given, such pixels count only near one whose probability is above this: hysteresis (Canny, 1986), which keeps
        faint strokes of letters and drops what merely resembles them.
    sure, evidence : float, int
        Seeds count only where at least `evidence` pixels in a window of 528 pixels have a probability above `sure`: one
        sure letter makes faint ones nearby likely, while what merely resembles letters rarely convinces anywhere.
    dilate : int
        Pixels by which the mask is grown at the end. Who calls says so; cards don't.
    coverage : bool
        Whether what the net gives is how much of each pixel a mark covers: then marks are solved, not painted over.
        With evidence, what stands on a lattice is first made as likely as its copies say: marks repeat, dust doesn't.
    scales : tuple of int
        Enlargements at which the net looks; what it gives is the mean over them (multi-scale testing). Damage of film
        is seen at each, while edges and lines of what is pictured are taken for it at one, or at another.
    """

    threshold: float
    seed: float | None = None
    sure: float = 1.0
    evidence: int = 0
    dilate: int = DILATE
    coverage: bool = False
    scales: tuple[int, ...] = (1,)

    @property
    def copies(self) -> bool:
        """Whether copies are asked."""
        return self.coverage and self.evidence > 0


class DamageFields(BaseModel):
    """What a card, or a recipe's table for one, says of damage, under the names that files have."""

    mask_threshold: float = Field(default=0.5, gt=0, lt=1, description="Probability above which a pixel is damaged.")
    mask_seed: float | None = Field(default=None, gt=0, lt=1, description="Probability that must be reached nearby.")
    mask_sure: float = Field(default=0.99, gt=0, lt=1, description="Probability that makes a pixel count as evidence.")
    mask_evidence: int = Field(default=0, ge=0, description="Such pixels that a neighbourhood needs to count at all.")

    mask_coverage: bool = Field(default=False, description="Whether what is found is coverage, not a probability.")
    mask_scales: tuple[Annotated[int, Field(ge=1, le=4)], ...] = Field(
        default=(1,), min_length=1, description="Enlargements at which damage is looked for: the mean counts."
    )

    @property
    def damage_rule(self) -> DamageRule:
        """The rule that the fields say."""
        return DamageRule(**{name.removeprefix("mask_"): value for name, value in self.damage_fields.items()})

    @property
    def damage_fields(self) -> dict[str, Any]:
        """The fields themselves, for another card or table to take over."""
        return {name: getattr(self, name) for name in DamageFields.model_fields}
