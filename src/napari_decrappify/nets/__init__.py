"""Generators and critics: torch modules only. No files, no arrays, no devices are chosen here.

To add a net, write a module with a class derived from `Generator` or `Critic`, and name it in one line below. Recipes,
model cards and `build` know it by that name; its options are the keyword arguments of its class.

A package of one's own adds nets through entry points, without a change here; in its pyproject.toml::

    [project.entry-points."napari_decrappify.generators"]
    my-net = "my_package.my_net:MyNet"

    [project.entry-points."napari_decrappify.critics"]
    my-critic = "my_package.my_critic:MyCritic"

The class is imported when its net is asked for, and not before; one that can't be is a `PluginError` then. A model of
such a net needs the package that has it wherever the model is used. The names of nets of this package can't be taken.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from ..errors import DecrappifyError, InvalidParameterError
from ..lazy_registry import LazyRegistry
from ..parameters import check_arguments
from ..type_checks import shown
from .backbones.features import FeatureExtractor, gram
from .critics.critic import Critic
from .generators.generator import Generator, Repaired
from .generators.unet import RepairUNet
from .generators.upscaler import ResidualUpscaler

ARCHITECTURES = LazyRegistry[type[Generator]](
    "an architecture",
    __name__,
    {
        "residual-upscaler": "generators.upscaler:ResidualUpscaler",
        "repair-unet": "generators.unet:RepairUNet",
        "find-and-fill": "generators.find_and_fill:FindAndFill",
        "mark-finder": "generators.mark_finder:MarkFinder",
        "dynamic-unet": "generators.dynamic_unet:DynamicUnet",
        "adversarial-infill": "adversarial_infill:AdversarialInfill",
        "gated-infill": "generators.gated_infill:GatedInfill",
        "colorizer": "generators.colorizer:Colorizer",
        "dcgan": "dcgan:Dcgan",
    },
    group="napari_decrappify.generators",
    kind=Generator,
)
CRITICS = LazyRegistry[type[Critic]](
    "a critic",
    __name__,
    {
        "patch-critic": "critics.patch_critic:PatchCritic",
        "feature-critic": "critics.feature_critic:FeatureCritic",
        "texture-critic": "critics.texture_critic:TextureCritic",
        "infill-checker": "adversarial_infill:InfillChecker",
        "dcgan-critic": "dcgan:DcganCritic",
    },
    group="napari_decrappify.critics",
    kind=Critic,
)

__all__ = [
    "ARCHITECTURES",
    "CRITICS",
    "Critic",
    "FeatureExtractor",
    "Generator",
    "RepairUNet",
    "Repaired",
    "ResidualUpscaler",
    "build",
    "build_critic",
    "gram",
]

LARGEST = 2**16
LONGEST = 64

Net = TypeVar("Net", Generator, Critic)


def build(architecture: str, options: dict[str, Any] | None = None) -> Generator:
    """Build a generator with fresh weights.

    Parameters
    ----------
    architecture : str
        A key of `ARCHITECTURES`.
    options : dict, optional
        Keyword arguments of that architecture.

    Raises
    ------
    InvalidParameterError
        For an unknown architecture or options that it doesn't take.
    PluginError
        For one of another package that can't be imported.
    """
    return _built(ARCHITECTURES, architecture, options)


def build_critic(architecture: str, options: dict[str, Any] | None = None) -> Critic:
    """Build a critic with fresh weights.

    Parameters
    ----------
    architecture : str
        A key of `CRITICS`.
    options : dict, optional
        Keyword arguments of that architecture.

    Raises
    ------
    InvalidParameterError
        For an unknown architecture or options that it doesn't take.
    PluginError
        For one of another package that can't be imported.
    """
    return _built(CRITICS, architecture, options)


def _built(known: LazyRegistry[type[Net]], architecture: str, options: dict[str, Any] | None) -> Net:
    kind, given = known[architecture], options or {}
    check_arguments(kind, given)
    _check_modest(architecture, given)
    try:
        return kind(**given)
    except DecrappifyError:
        raise
    except (TypeError, ValueError, IndexError, RuntimeError, ZeroDivisionError, OverflowError) as error:
        raise InvalidParameterError(f"options that {architecture} takes", f"{shown(options)} ({error})") from error


def _check_modest(architecture: str, options: Mapping[str, Any]) -> None:
    """Refuse options that no net has, before they are counted up to: they may come from a file."""
    for name, value in options.items():
        values = value if isinstance(value, list | tuple) else [value]
        wild = [one for one in values if isinstance(one, int | float) and not -LARGEST <= one <= LARGEST]
        if wild or len(values) > LONGEST:
            expected = f"{name} of {architecture} to be up to {LONGEST} numbers from {-LARGEST} to {LARGEST}"
            raise InvalidParameterError(expected, shown(value))
