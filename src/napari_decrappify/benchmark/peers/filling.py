"""Holes filled from their rims: diffusion, marching, a pyramid of averages, and patches of the picture."""

from __future__ import annotations

import functools
from dataclasses import replace

import numpy as np

from ...degrade.pictures import as_bytes, as_unit
from ..cases import Case, Mask
from ..method import Method, Package
from ..photos import Picture

RADIUS = 3.0
LEVELS = 6
PATCH = 7
OPENCV = (Package("cv2", "opencv-python-headless"),)


def opencv(method: str, case: Case) -> Picture:
    """Fill by OpenCV's ``inpaint``: "TELEA" (2004) or "NS" (Bertalmio et al., 2001)."""
    import cv2

    flag = getattr(cv2, f"INPAINT_{method}")
    filled: Picture = cv2.inpaint(case.given, _hole(case).astype(np.uint8), RADIUS, flag)
    return filled


def patch_match(case: Case) -> Picture:
    """Fill with patches of the picture (Barnes et al., 2009), as PyPatchMatch finds them."""
    import patchmatch

    filled: Picture = patchmatch.inpaint(case.given, _hole(case).astype(np.uint8) * 255, patch_size=PATCH)
    return np.where(_hole(case)[..., None], filled, case.given)


def biharmonic(case: Case) -> Picture:
    """Fill by the biharmonic equation (Damelin and Hoang, 2018)."""
    from skimage.restoration import inpaint_biharmonic

    filled = as_bytes(inpaint_biharmonic(as_unit(case.given), _hole(case), channel_axis=-1))
    return np.where(_hole(case)[..., None], filled, case.given)


def pyramid(case: Case) -> Picture:
    """Fill by averages of what is known, from finer to coarser grids and back (Gortler et al., 1996)."""
    import torch

    from ...nets.push_pull import push_pull

    y, x = case.given.shape[:2]
    room = [(0, -n % 2**LEVELS) for n in (y, x)]
    image = np.pad(as_unit(case.given), (*room, (0, 0))).transpose(2, 0, 1)
    hole = np.pad(_hole(case), room, constant_values=True)
    filled = push_pull(torch.from_numpy(image)[None], torch.from_numpy(hole)[None, None], LEVELS)[0]
    return as_bytes(filled.permute(1, 2, 0).numpy()[:y, :x])


def told_where(filler: Method) -> Method:
    """Return the method that is told where the watermark is, which blind removal must find out."""
    return replace(filler, name=f"{filler.name}, told where")


def _hole(case: Case) -> Mask:
    return np.zeros(case.given.shape[:2], bool) if case.mask is None else case.mask


TELEA = Method("Telea (OpenCV)", functools.partial(opencv, "TELEA"), OPENCV)
NAVIER_STOKES = Method("Navier-Stokes (OpenCV)", functools.partial(opencv, "NS"), OPENCV)
BIHARMONIC = Method("biharmonic (scikit-image)", biharmonic)
PATCH_MATCH = Method("PatchMatch (PyPatchMatch)", patch_match, (Package("patchmatch", "pypatchmatch"),))
PYRAMID = Method("push-pull pyramid", pyramid)
FILLERS = (TELEA, NAVIER_STOKES, BIHARMONIC, PYRAMID, PATCH_MATCH)
REMOVERS = (told_where(TELEA), told_where(NAVIER_STOKES))
