"""Colours spread from where they are known: neighbours of like luma get like colours."""

from __future__ import annotations

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import splu

from ..engine.blending import Pixels

ALIKE = 0.03  # a difference of luma that is no edge yet
ACROSS = 1e-4  # how much neighbours on both sides of the sharpest edge still are to have the same colour
STEPS = ((0, 1), (1, 0), (1, 1), (1, -1))


def spread(luma: Pixels, pull: Pixels, drive: Pixels) -> Pixels:
    """Return what is near drive / pull, by the pull, and changes where luma does.

    After Levin et al., "Colorization using optimization" (2004): the sum of the squared errors, times the pull, and of
    the squared differences between neighbours, by how alike their luma is, is least. It is solved exactly, so that the
    same values follow whatever was computed before.

    Parameters
    ----------
    luma : ndarray of float32
        (y, x), nominally in [0, 1].
    pull : ndarray of float32
        (y, x), at least 0, not all 0; beside 1, what neighbours of equal luma weigh.
    drive : ndarray of float32
        (y, x, c): the pull times what is wanted.

    Returns
    -------
    ndarray of float32
        (y, x, c).
    """
    system = (_laplacian(luma.astype(np.float64)) + sparse.diags(pull.ravel().astype(np.float64))).tocsc()
    solver = splu(system, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True})
    found: Pixels = solver.solve(drive.reshape(luma.size, -1).astype(np.float64)).astype(np.float32)
    return found.reshape(drive.shape)


def _laplacian(luma: np.ndarray) -> sparse.csr_matrix:
    """Return the matrix that gives each pixel the sum of its differences from its eight neighbours, weighted."""
    numbers = np.arange(luma.size).reshape(luma.shape)
    pairs = [_pairs(numbers, step) for step in STEPS]
    first, second = (np.concatenate([pair[side] for pair in pairs]) for side in (0, 1))
    values = luma.ravel()
    alike = np.exp(-((values[first] - values[second]) ** 2) / (2 * ALIKE**2)) + ACROSS
    one_way = sparse.coo_matrix((alike, (first, second)), shape=(luma.size, luma.size))
    both = (one_way + one_way.T).tocsr()
    return sparse.diags(np.asarray(both.sum(1)).ravel()) - both


def _pairs(numbers: np.ndarray, step: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Return the numbers of all pixels that have a neighbour a step further down and right, and of these."""
    (down, right), (y, x) = step, numbers.shape
    left = max(0, -right)
    here = numbers[: y - down, left : x - max(0, right)]
    there = numbers[down:, left + right : x + min(0, right)]
    return here.ravel(), there.ravel()
