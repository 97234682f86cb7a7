"""Blur and noise: what optics and detectors do to an image."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np

from ...parameters import Doc
from ..operation import (
    Operation,
    Plane,
    Range,
    Shape,
    Values,
    Written,
    draw_float,
    draw_seed,
)
from ..pictures import as_unit, saturated, smooth

UNBIASED = {"unbiased": True}
"""Stands in the values drawn: noise isn't cut off at the ends of the range, as it was in records without it."""
BOUNDLESS = (-np.inf, np.inf)


@dataclass(frozen=True)
class Blur(Operation):
    """Gaussian blur; `sigma` in pixels."""

    sigma: Annotated[Range, Doc("Radius of the blur in pixels, as a standard deviation.", 0, 100)] = (0.5, 2.0)

    def draw(self, rng: np.random.Generator, shape: Shape) -> Values:
        """Draw sigma."""
        return {"sigma": draw_float(rng, self.sigma)}

    @staticmethod
    def apply(plane: Plane, values: Mapping[str, Any]) -> Written:
        """Blur each channel."""
        return saturated(smooth(as_unit(plane), values["sigma"]), plane), None


@dataclass(frozen=True)
class GaussianNoise(Operation):
    """Add normal noise; `sigma` is in 8-bit levels (BSRGAN: 2 to 25; PSSR2: 13), `grey` how often it has no colour."""

    sigma: Annotated[Range, Doc("Strength in 8-bit levels, as a standard deviation.", 0, 255)] = (2.0, 25.0)
    grey: Annotated[float, Doc("How often the noise has no colour.", 0, 1)] = 0.4

    def draw(self, rng: np.random.Generator, shape: Shape) -> Values:
        """Draw sigma, whether the channels share their noise, and the seed of the noise itself."""
        grey = bool(rng.random() < self.grey)
        return {"sigma": draw_float(rng, self.sigma), "grey": grey, "seed": draw_seed(rng), **UNBIASED}

    @staticmethod
    def apply(plane: Plane, values: Mapping[str, Any]) -> Written:
        """Add the noise of the seed."""
        shape = (*plane.shape[:2], *(1 if values["grey"] else n for n in plane.shape[2:]))
        noise = _generator(values).standard_normal(shape, np.float32) * np.float32(values["sigma"] / 255)
        return _recorded(as_unit(plane) + noise, plane, values), None


@dataclass(frozen=True)
class LocalVarianceNoise(Operation):
    """Add normal noise whose variance follows the brightness around: `variance` x the image blurred by `sigma`.

    PSSR's noise: .05 with sigma 3 for electron micrographs, .5 with sigma 5 for fluorescence. It leaves the mean as it
    is: where an integer type would cut it off at one end, as much is missing at the other.
    """

    variance: Annotated[Range, Doc("Variance of the noise where the picture is white.", 0, 10)] = (0.05, 0.05)
    sigma: Annotated[Range, Doc("Pixels over which the brightness around is averaged.", 0, 100)] = (3.0, 3.0)

    def draw(self, rng: np.random.Generator, shape: Shape) -> Values:
        """Draw the variance, sigma and the seed of the noise."""
        variance, sigma = draw_float(rng, self.variance), draw_float(rng, self.sigma)
        return {"variance": variance, "sigma": sigma, "seed": draw_seed(rng), **UNBIASED}

    @staticmethod
    def apply(plane: Plane, values: Mapping[str, Any]) -> Written:
        """Add the noise of the seed, scaled by the square root of the local variance."""
        unit = as_unit(plane)
        variance = np.float32(values["variance"]) * np.clip(smooth(unit, values["sigma"]), 0, None)
        noise = _generator(values).standard_normal(plane.shape, np.float32) * np.sqrt(variance)
        if values.get("unbiased"):
            noise = _within(noise, unit, (0.0, 1.0) if plane.dtype == np.uint8 else values.get("limits", BOUNDLESS))
        return _recorded(unit + noise, plane, values), None


@dataclass(frozen=True)
class PoissonNoise(Operation):
    """Count photons: white is `photons` of them on average. PSSR2's intensity 1 on 8 bits is 255 photons."""

    photons: Annotated[Range, Doc("Photons of a white pixel; the fewer, the noisier.", 0.1, 1e9)] = (50.0, 1000.0)

    def draw(self, rng: np.random.Generator, shape: Shape) -> Values:
        """Draw the photons of white and the seed of the counts."""
        return {"photons": draw_float(rng, self.photons), "seed": draw_seed(rng), **UNBIASED}

    @staticmethod
    def apply(plane: Plane, values: Mapping[str, Any]) -> Written:
        """Replace each value by a count around it; what is below black stays."""
        unit = as_unit(plane)
        counts = _generator(values).poisson(np.clip(unit, 0, None).astype(np.float64) * values["photons"])
        counted = (counts / values["photons"]).astype(np.float32)
        return _recorded(np.where(unit < 0, unit, counted), plane, values), None


@dataclass(frozen=True)
class SaltAndPepper(Operation):
    """Set single pixels to white (`salt`) and black (`pepper`); the shares of pixels.

    That raises a dark picture's mean. `balanced` sets as many pixels in all, each to white as often as it is bright:
    the mean of many draws is the picture.
    """

    salt: Annotated[Range, Doc("Share of pixels set to white.", 0, 1)] = (0.005, 0.005)
    pepper: Annotated[Range, Doc("Share of pixels set to black.", 0, 1)] = (0.005, 0.005)
    balanced: Annotated[bool, Doc("Set a pixel to white as often as it is bright, which leaves the mean.")] = False

    def draw(self, rng: np.random.Generator, shape: Shape) -> Values:
        """Draw the shares and the seed of the places."""
        shares = {"salt": draw_float(rng, self.salt), "pepper": draw_float(rng, self.pepper)}
        return {**shares, "seed": draw_seed(rng), "balanced": self.balanced}

    @staticmethod
    def apply(plane: Plane, values: Mapping[str, Any]) -> Written:
        """Set the pixels, all channels of a pixel by one lot."""
        noisy, lot = plane.copy(), _generator(values).random(plane.shape[:2])
        lot = lot if plane.ndim == 2 else np.repeat(lot[..., None], plane.shape[2], axis=-1)
        white = 255 if plane.dtype == np.uint8 else 1
        if values.get("balanced"):
            share = values["pepper"] + values["salt"]
            noisy[lot < share] = 0
            noisy[lot < share * as_unit(plane)] = white
        else:
            noisy[lot < values["pepper"]] = 0
            noisy[lot > 1 - values["salt"]] = white
        return noisy, None


def _recorded(unit: Plane, plane: Plane, values: Mapping[str, Any]) -> Plane:
    """Return noisy unit values in the plane's dtype: 8 bits end at black and white, floating point goes on beyond."""
    if plane.dtype == np.uint8 or not values.get("unbiased"):
        return saturated(unit, plane)
    return unit.astype(np.float32)


def _within(noise: Plane, unit: Plane, limits: tuple[float, float]) -> Plane:
    """Cut symmetric noise on both sides where one side would leave the limits: its mean stays nothing."""
    room = np.clip(np.minimum(unit - np.float32(limits[0]), np.float32(limits[1]) - unit), 0, None)
    cut: Plane = np.clip(noise, -room, room)
    return cut


def _generator(values: Mapping[str, Any]) -> np.random.Generator:
    return np.random.default_rng(values["seed"])
