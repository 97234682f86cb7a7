"""Generators and critics: torch modules only. No files, no arrays, no devices are chosen here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from ..errors import InvalidParameterError
from ..parameters import check_arguments
from ..type_checks import shown
from .adversarial_infill import AdversarialInfill, InfillChecker
from .backbones.features import FeatureExtractor, gram
from .critics.critic import Critic
from .critics.feature_critic import FeatureCritic
from .critics.patch_critic import PatchCritic
from .critics.texture_critic import TextureCritic
from .dcgan import Dcgan, DcganCritic
from .generators.colorizer import Colorizer
from .generators.dynamic_unet import DynamicUnet
from .generators.find_and_fill import FindAndFill
from .generators.gated_infill import GatedInfill
from .generators.generator import Generator, Repaired
from .generators.unet import RepairUNet
from .generators.upscaler import ResidualUpscaler

ARCHITECTURES: dict[str, type[Generator]] = {
    "residual-upscaler": ResidualUpscaler,
    "repair-unet": RepairUNet,
    "find-and-fill": FindAndFill,
    "dynamic-unet": DynamicUnet,
    "adversarial-infill": AdversarialInfill,
    "gated-infill": GatedInfill,
    "colorizer": Colorizer,
    "dcgan": Dcgan,
}
CRITICS: dict[str, type[Critic]] = {
    "patch-critic": PatchCritic,
    "feature-critic": FeatureCritic,
    "texture-critic": TextureCritic,
    "infill-checker": InfillChecker,
    "dcgan-critic": DcganCritic,
}

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
    """
    return _built(ARCHITECTURES, "an architecture", architecture, options)


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
    """
    return _built(CRITICS, "a critic", architecture, options)


def _built(known: Mapping[str, type[Net]], what: str, architecture: str, options: dict[str, Any] | None) -> Net:
    if architecture not in known:
        raise InvalidParameterError(f"{what} among {sorted(known)}", shown(architecture))
    kind, given = known[architecture], options or {}
    check_arguments(kind, given)
    _check_modest(architecture, given)
    try:
        return kind(**given)
    except InvalidParameterError:
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
