"""What noisy images alone teach, beside what clean ones do: ``python scripts/noisy_alone.py --minutes 5``.

Two stacks of drawn nuclei are worsened alike. `denoise` is trained further on the first, once by `neighbor2neighbor`,
which sees nothing clean, and once with the clean stack as target; both are judged on the second, which neither saw.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile

import numpy as np

from napari_decrappify import crappify, finetune, restore
from napari_decrappify.samples.cells import cells

CRAPPY = {"preset": "few-photons", "seed": 7, "rgb": False}


def main() -> None:
    """Train both ways, and say the decibels of each."""
    words = argparse.ArgumentParser(description=__doc__.partition(":")[0])
    words.add_argument("--minutes", type=float, default=5.0, help="of each training")
    words.add_argument("--device", default="cpu")
    given = words.parse_args()
    (clean, noisy), seen = pair(2), pair(1)
    show("noisy", clean, noisy)
    show("denoise", clean, restore(noisy, model="denoise", device=given.device))
    ways = {
        "neighbor2neighbor": {"images": seen[1], "recipe": "neighbor2neighbor"},
        "clean targets": {"images": seen[0], "crappy": seen[1], "recipe": "quick"},
    }
    with tempfile.TemporaryDirectory() as home:
        os.environ["DECRAPPIFY_HOME"] = home  # its models aren't kept
        for name, way in ways.items():
            tuned = finetune(**way, task="restore", base="denoise", minutes=given.minutes, device=given.device)
            show(name, clean, restore(noisy, model=tuned.path, device=given.device))


def pair(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return a drawn stack, and the same in few photons."""
    clean = cells(seed)
    return clean, crappify(clean, **CRAPPY).image


def show(name: str, clean: np.ndarray, made: np.ndarray) -> None:
    """Tell the peak signal-to-noise ratio of an image, whose peak is the range of the clean one."""
    error = np.square(made.astype(float) - clean).mean()
    sys.stdout.write(f"{name}: {10 * np.log10(float(np.ptp(clean)) ** 2 / error):.2f} dB\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
