"""The call that finds a learning rate for a stage of a recipe, on the pictures that it will be trained with."""

from __future__ import annotations

from contextlib import closing
from typing import Annotated

from ..errors import InvalidParameterError
from ..jobs import (
    Call,
    Job,
    Progress,
    ProgressCallback,
)
from ..parameters import Doc
from .data.loader import batches
from .losses import OBJECTIVES
from .optimization.lr_finder import RateSearch, find_rate
from .recipes.loss import FixedSwitch
from .recipes.recipe import Recipe
from .recipes.stages import Adversarial, PretrainGenerator
from .running.events import Begun
from .train import (
    CrappyPictures,
    DeviceName,
    Fonts,
    Overrides,
    PrecisionName,
    RecipeChoice,
    Start,
    TrainingPictures,
)


@Call
def find_learning_rate(
    recipe: RecipeChoice,
    data: TrainingPictures,
    *,
    stage: Annotated[
        int | None,
        Doc("Which stage, from 0, cycles written out; the first that can be searched if left out.", minimum=0),
    ] = None,
    crappy: CrappyPictures = None,
    fonts: Fonts = None,
    start: Start = None,
    lowest: Annotated[float, Doc("The first rate to try.", minimum=1e-12)] = 1e-7,
    highest: Annotated[float, Doc("The rate to end at.")] = 10.0,
    tries: Annotated[int, Doc("How many rates to try: each takes a step.", minimum=1)] = 100,
    overrides: Overrides = (),
    device: DeviceName = "auto",
    precision: PrecisionName = "auto",
    progress: ProgressCallback | None = None,
) -> Job[RateSearch]:
    """Find a learning rate for a stage of a recipe: take its steps at growing rates (Smith, 2017).

    Nets and pairs are those that `train` begins with, so a later stage is tried with nets that the stages before it
    haven't taught; `start` gives it a generator that has learned. Nothing is written.

    In an adversarial stage critic and generator take a step each at every rate, whatever its switch says, and the loss
    is the generator's. Stages whose loss doesn't tell a good rate from a bad one are refused: a critic's pretraining,
    which needs saved predictions too, and adversarial ones by the critic's opinion alone (``content = 0``) or by scores
    that have no floor (hinge, Wasserstein).

    Parameters
    ----------
    recipe, data, crappy, fonts, start, overrides, device, precision
        As for `train`.
    stage : int, optional
        Which of the recipe's stages.
    lowest, highest, tries : float, float, int
        Rates grow by equal factors. It ends sooner where the loss soars.
    progress : callable, optional
        Receives a `Progress` a try; the payload of the first is a `Begun`.

    Returns
    -------
    RateSearch
        Rates, smoothed losses, and the rate at which they fell fastest, for the stage's `lr` (of two rates, the last);
        `lr_find.draw` makes a picture of it.

    Raises
    ------
    InvalidParameterError
        For a stage that there isn't or that can't be searched, or rates that don't grow.
    RecipeError, TrainingError
        As `train` does.
    """
    from ..apply.engine.device import choose_device
    from .optimization.lr_trial import RateTrial
    from .running.distributed import ProcessGroup
    from .setup import chosen_recipe, memory_given_back, open_training

    chosen = chosen_recipe(recipe, overrides, start)
    number, tried = _searched(chosen, stage)
    setup = open_training(chosen, data, ProcessGroup(choose_device(device)), precision, crappy=crappy, fonts=fonts)
    source = setup.pairs.of_stage(tried)
    with memory_given_back(), closing(batches(source, 0)) as feed:
        trial = RateTrial(setup.build_context(), tried, feed, source.config.accumulate)
        yield Progress(0, tries, "; ".join(trial.origins), Begun(number, tried.kind, trial.origins))
        search = find_rate(trial.step, lowest, highest, tries)
        del trial  # so that the search alone holds the nets, and gives them back
        return (yield from search)


def _searched(recipe: Recipe, wanted: int | None) -> tuple[int, PretrainGenerator | Adversarial]:
    """Return the number of a stage, and the stage as it is searched: momentum at rest, nets in turns."""
    generators = {n: s for n, s in enumerate(recipe.sequence) if isinstance(s, PretrainGenerator | Adversarial)}
    searchable = {n: stage for n, stage in generators.items() if _tells(stage)}
    number = next(iter(searchable), -1) if wanted is None else wanted
    if number not in searchable:
        there = ", ".join(f"{n} ({stage.kind})" for n, stage in searchable.items()) or "it has none"
        raise InvalidParameterError(
            f"a stage of {recipe.name} that can be searched: {there}",
            "no other" if wanted is None else f"stage {number}",
            "What a critic says, and learns from saved predictions, doesn't tell a good rate from a bad one.",
        )
    stage = searchable[number].model_copy(update={"schedule": "constant"})
    if isinstance(stage, Adversarial):
        stage = stage.model_copy(update={"play": stage.play.model_copy(update={"switch": FixedSwitch()})})
    return number, stage


def _tells(stage: PretrainGenerator | Adversarial) -> bool:
    if isinstance(stage, PretrainGenerator):
        return True
    return OBJECTIVES[stage.play.objective].floored and stage.play.content > 0
