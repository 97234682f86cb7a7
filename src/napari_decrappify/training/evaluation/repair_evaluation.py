"""Judging a generator on held-out pictures: 8-bit, untouched pixels kept.

Damage is found by the rule that `apply.remove_watermark` goes by, threshold, seed and growth, so that the figures on a
model's card are of what ships.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ...apply.finding import found_damage
from ...degrade import Crappifier
from ...nets import Generator, Repaired
from ...quality import luma, psnr, ssim
from ..data.pairs import Pair, centre_pair
from ..data.picture_source import readable_from
from ..data.pictures import Pictures, Plane
from ..losses.neighbour_loss import Neighbours
from ..recipes.recipe import Recipe
from .gallery import EvaluatedPicture, gallery

Forward: TypeAlias = Callable[[Generator, Tensor], Repaired]
PSNR_CAP = 60.0
SMALLEST_ERROR = 1e-12


class RepairEvaluation:
    """Fixed held-out pairs, the same at every evaluation of a run.

    Parameters
    ----------
    recipe : Recipe
        Its `evaluation` says how many pictures and of what size.
    pictures : Pictures
        Held-out pictures; as many as the recipe says are used, spread evenly over the collection.
    crappifier : Crappifier
        Makes the inputs, drawn from the recipe's seed.
    """

    def __init__(self, recipe: Recipe, pictures: Pictures, crappifier: Crappifier) -> None:
        self._recipe = recipe
        chosen = np.unique(np.linspace(0, len(pictures) - 1, recipe.evaluation.pictures).astype(int))
        self._pairs: list[Pair] = []
        for index in chosen:
            rng, found = np.random.default_rng((recipe.seed, int(index))), readable_from(pictures, int(index))
            floating = recipe.data.floating > 0
            self._pairs.append(centre_pair(pictures, found, recipe.evaluation.size, crappifier, rng, floating))

    def evaluate(self, net: Generator, run: Forward) -> list[EvaluatedPicture]:
        """Repair every held-out input with the net, and measure."""
        return [self._evaluate_one(net, run, pair) for pair in self._pairs]

    def picture(self, evaluated: list[EvaluatedPicture]) -> npt.NDArray[np.uint8]:
        """Draw the first ones, as many as the recipe says."""
        return gallery(evaluated[: self._recipe.evaluation.gallery])

    def _evaluate_one(self, net: Generator, run: Forward, pair: Pair) -> EvaluatedPicture:
        crappy, target, mask, coverage = pair
        inputs = to_tensor(crappy[None])
        given = generator_input(net, inputs, torch.from_numpy(mask)[None, None].float())
        output = run(net, given)
        image, found = output.image.float(), mask if net.channels > inputs.shape[1] else None
        if output.mask is not None:
            likely = torch.sigmoid(output.mask.float())[0, 0].cpu().numpy()
            found = found_damage(self._recipe.card.damage_rule, likely)
            image = torch.where(torch.from_numpy(found).to(image.device), image, inputs.to(image.device))
        wanted = to_tensor(target[None])
        base, result, truth = to_bytes(net.base(given.to(image.device))), to_bytes(image), to_bytes(wanted)
        if self._recipe.loss.hidden:
            return EvaluatedPicture(to_bytes(inputs), result, truth, _hidden_figures(inputs, image.cpu(), wanted, mask))
        if self._recipe.loss.neighbours:
            return EvaluatedPicture(to_bytes(inputs), result, truth, self._neighbour_figures(net, run, wanted))
        metrics = _figures(base, result, truth, net.scale)
        if found is not None:
            metrics |= _damage_figures(base, result, truth, mask, found)
        if output.mask is not None:
            metrics["coverage_error"] = float(np.abs(likely - coverage / 255).mean())
        return EvaluatedPicture(to_bytes(inputs), result, truth, metrics)

    def _neighbour_figures(self, net: Generator, run: Forward, noisy: Tensor) -> dict[str, float]:
        """Measure how well the net foretells half of the noisy pixels from those beside them."""
        neighbours = Neighbours(tuple(noisy.shape), torch.Generator().manual_seed(self._recipe.seed))
        seen, wanted = neighbours.of(noisy)
        foretold = run(net, seen).image.float().cpu()
        errors = {"psnr_neighbours": foretold - wanted, "psnr_neighbours_input": seen - wanted}
        return {name: _decibels(error) for name, error in errors.items()}


def mean_metrics(evaluated: list[EvaluatedPicture]) -> dict[str, float]:
    """Average each figure over the pictures that have it."""
    names = dict.fromkeys(name for one in evaluated for name in one.metrics)
    return {name: float(np.mean([one.metrics[name] for one in evaluated if name in one.metrics])) for name in names}


def generator_input(net: Generator, image: Tensor, mask: Tensor) -> Tensor:
    """Return what a net is called with: the image, and the mask as fourth channel where it wants one."""
    return torch.cat([image, mask], 1) if net.channels > image.shape[1] else image


def to_tensor(planes: Plane) -> Tensor:
    """Turn (N, Y, X, C) planes, uint8 or unit float, into (N, C, Y, X) float32 in [0, 1]."""
    tensor = torch.from_numpy(np.array(planes)).permute(0, 3, 1, 2)
    return tensor.float().div_(255) if planes.dtype == np.uint8 else tensor.float()


def to_bytes(images: Tensor) -> npt.NDArray[np.uint8]:
    """Turn the first of (N, C, Y, X) images into (Y, X, C) 8-bit values, rounded."""
    values: npt.NDArray[Any] = images[0].detach().float().cpu().clamp(0, 1).permute(1, 2, 0).numpy()
    rounded: npt.NDArray[np.uint8] = np.rint(values * 255).astype(np.uint8)
    return rounded


def _figures(base: Plane, result: Plane, truth: Plane, scale: int) -> dict[str, float]:
    """PSNR and SSIM: of luma without a border for upscalers, as their papers do; of RGB for the others."""
    border = scale if scale > 1 else 0
    view = luma if scale > 1 else np.asarray
    return {
        "psnr": _psnr(view(result), view(truth), border=border),
        "psnr_input": _psnr(view(base), view(truth), border=border),
        "ssim": ssim(luma(result), luma(truth), border=border),
    }


def _hidden_figures(inputs: Tensor, image: Tensor, noisy: Tensor, mask: Plane) -> dict[str, float]:
    """Measure where noisy pixels were hidden, and nowhere else: nothing clean is known, and elsewhere a copy is best.

    What is noise in these pixels nobody can foresee, so figures stay low, and a small rise is a large one of the
    picture beneath. They are of unrounded values, noise beyond black and white included.
    """
    hidden = torch.from_numpy(mask)
    errors = {"psnr_hidden": image - noisy, "psnr_hidden_input": inputs - noisy}
    return {name: _decibels(error[..., hidden]) for name, error in errors.items()}


def _decibels(error: Tensor) -> float:
    """Return the PSNR of unrounded values, whose white is 1."""
    return min(-10 * math.log10(max(float(error.square().mean()), SMALLEST_ERROR)), PSNR_CAP)


def _damage_figures(base: Plane, result: Plane, truth: Plane, mask: Plane, found: Plane) -> dict[str, float]:
    """Inside the true damage; where there is none, the share of pixels changed."""
    if not mask.any():
        return {"changed_clean": float(np.any(result != base, axis=-1).mean())}
    return {
        "psnr_damage": _psnr(result, truth, mask=mask),
        "psnr_damage_input": _psnr(base, truth, mask=mask),
        "iou": float((mask & found).sum() / (mask | found).sum()),
    }


def _psnr(image: Plane, reference: Plane, **options: Any) -> float:
    """PSNR, with a cap so that one perfect picture can't make the mean infinite."""
    return min(psnr(image, reference, **options), PSNR_CAP)
