"""Crappifier: a composition of operations, applied to one plane at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import numpy as np

from ..errors import InvalidImageError, InvalidParameterError
from ..intensity import (
    Intensity,
    check_dtype,
    check_finite,
    measure,
)
from ..parameters import Doc
from ..planes import layout_of
from .choices import InTurn, Sometimes
from .operation import (
    Coverage,
    Mask,
    Operation,
    Part,
    Plane,
    Shape,
    Step,
    size_after,
)
from .operations.lettering import check_fonts
from .pictures import Filter
from .replay import record_intensity, replay_plane

P = TypeVar("P", bound=Part)


@dataclass(frozen=True)
class Crappified:
    """A worse image, where it was written over, and how to do it again.

    Parameters
    ----------
    image : ndarray
        Same dtype and axes as the input; same size, but for operations that keep the small size.
    mask : ndarray
        bool, (Y, X) or leading axes + (Y, X) at the size of `image`: the damage mask, True for pixels that text,
        logos, holes, dust, scratches or folds were drawn on. JPEG, noise and tones mark nothing.
    coverage : ndarray
        uint8, of the mask's shape: how much of each pixel was drawn on, 255 for all of it, whatever the opacity. Ink of
        opacity o in the colour c leaves (1 - o * m) * clean + o * m * c where m is coverage / 255. Rims of letters and
        what was resized lie between 0 and 255, holes never.
    steps : list
        JSON records of each operation with the values drawn; for a stack, such a list for each plane in C order.
        `replay_steps` does them again.
    seed : int or None
        What the values were drawn from; None where the caller passed a generator.
    """

    image: Plane
    mask: Mask
    coverage: Coverage
    steps: list[Any]
    seed: int | None = None


@dataclass(frozen=True)
class Crappifier(Part):
    """A seeded composition of degradations.

    Parameters
    ----------
    operations : tuple of Part
        Operations, and choices among them.
    order : {"fixed", "random"}
        Whether they are taken as listed or in an order that is drawn.
    probabilities : tuple of float
        How often each is taken; empty for always.
    back : {"nearest", "box", "bilinear", "bicubic"}, optional
        Resize to the old size after the last operation, with this filter; None keeps the size that comes out.
    """

    operations: tuple[Part, ...] = ()
    order: Annotated[Literal["fixed", "random"], Doc("Whether the steps come as listed, or in a drawn order.")] = (
        "fixed"
    )
    probabilities: tuple[float, ...] = ()
    back: Annotated[
        Filter | None, Doc("Resize to the old size after the last step, with this filter.", label="Back to size")
    ] = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.probabilities and len(self.probabilities) != len(self.operations):
            raise InvalidParameterError(
                f"a probability for each of {len(self.operations)} operations", f"{len(self.probabilities)}"
            )
        for part in self.operations:
            if not isinstance(part, Part):
                raise InvalidParameterError("operations, such as Jpeg((30, 60))", repr(part))
        self.parts()

    def steps(self, rng: np.random.Generator, shape: Shape) -> list[Step]:
        """Draw every step for a plane of this shape, without touching a pixel."""
        steps = InTurn(self.parts(), self.order == "random").steps(rng, shape)
        if self.back is not None and size_after(shape, steps)[:2] != tuple(shape[:2]):
            values = {"size": [int(n) for n in shape[:2]], "filter": self.back}
            steps.append({"operation": "Resize", "values": values})
        return steps

    def apply(self, plane: Plane, rng: np.random.Generator, *, intensity: Intensity | None = None) -> Crappified:
        """Make one plane worse.

        Parameters
        ----------
        plane : ndarray
            (Y, X), (Y, X, 3) or (Y, X, 4), of a supported dtype; alpha is carried through.
        rng : numpy.random.Generator
            All randomness comes from it.
        intensity : Intensity, optional
            The range that counts as black to white; measured on the plane by default (uint8: 0 to 255).

        Raises
        ------
        InvalidImageError
            For another shape or dtype, or a value that isn't finite.
        """
        if intensity is None:
            intensity = measure_plane(plane)
        steps = record_intensity(intensity) + self.steps(rng, plane.shape[:2] + ((3,) if plane.ndim == 3 else ()))
        return Crappified(*replay_plane(plane, steps), steps)

    def with_fonts(self, fonts: Sequence[str | Path]) -> Crappifier:
        """Return the same crappifier with its lettering drawn from these font files.

        Raises
        ------
        FileReadError
            For a file that is missing or no font.
        """
        return _with_fonts(self, check_fonts(fonts))

    def parts(self) -> tuple[Part, ...]:
        """Return the operations, each with its probability if there are any."""
        if not self.probabilities:
            return self.operations
        return tuple(Sometimes(part, p) for part, p in zip(self.operations, self.probabilities, strict=True))


def measure_plane(plane: Plane) -> Intensity:
    """Check a plane and find its intensity map; alpha doesn't count."""
    dtype = check_dtype(plane.dtype)
    if plane.ndim not in (2, 3):
        raise InvalidImageError(
            "one plane, (Y, X), (Y, X, 3) or (Y, X, 4)", f"shape {plane.shape}", "Stacks go through crappify."
        )
    layout = layout_of(plane.shape, rgb=plane.ndim == 3)
    if dtype == np.uint8:
        return Intensity(0.0, 255.0, dtype)
    check_finite(plane)
    return measure(plane[..., : layout.colors] if layout.rgb else plane, dtype, rgb=layout.rgb)


def _with_fonts(part: P, fonts: tuple[str, ...]) -> P:
    """Replace the field `fonts` of every operation inside."""
    changes: dict[str, Any] = {}
    for name in (f.name for f in fields(part)):
        value = getattr(part, name)
        if name == "fonts" and isinstance(part, Operation):
            changes[name] = fonts
        elif isinstance(value, Part):
            changes[name] = _with_fonts(value, fonts)
        elif isinstance(value, tuple) and any(isinstance(v, Part) for v in value):
            changes[name] = tuple(_with_fonts(v, fonts) if isinstance(v, Part) else v for v in value)
    return replace(part, **changes)
