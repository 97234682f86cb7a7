"""Check on a machine with a GPU that everything does there what it does on the processor; print a report to send us.

Every task is compared with the processor, in fp32 (within 0.001 of the range) and in the GPU's half precision (within
2/255); memory is made to run out for real; each `-tiny` recipe is trained in fp32, bf16 and fp16, killed and resumed.
It needs torch, NumPy, Pillow and this package's core: neither napari nor Qt. It goes on after a failure, and
its exit code is 1 if there was any. Without a GPU it says so, and the exit code is 0.

Usage: python scripts/gpu_check.py [--device cuda|cuda:1|mps|cpu] [--only WORD ...] [--side 512] [--patience 600]
"""

from __future__ import annotations

import argparse
import importlib.metadata
import math
import platform
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from napari_decrappify.apply.engine.device import choose_device, has_bf16, release
from napari_decrappify.errors import DecrappifyError
from napari_decrappify.models import ModelCard, list_models, load_model
from napari_decrappify.tasks import call_named, task_named
from napari_decrappify.training.recipes.files import recipe_names

FP32, HALF = 1e-3, 2 / 255
"""How far results may be from the processor's, as shares of the range."""
ROOM = 256 * 2**20
"""Bytes that are left free where memory is to run out."""
MEGA = 1e6
POLL = 0.05
PICTURES, PICTURE_SIDE = 8, 128
OFTEN = "evaluation.every=2"
"""Checkpoints early in a training, so that a kill comes between two."""


@dataclass(frozen=True)
class Check:
    """Something that is tried; it returns figures in words, or raises."""

    name: str
    run: Callable[[], str]


@dataclass(frozen=True)
class Outcome:
    """What came of a check."""

    name: str
    verdict: str
    seconds: float
    words: str
    trace: str = ""


class Skipped(Exception):  # noqa: N818
    """What can't be tried on this device, and why."""


def main(words: list[str] | None = None) -> int:
    """Try everything, report, and return 1 if anything failed."""
    asked = arguments(words)
    try:
        device = choose_device(asked.device)
    except DecrappifyError as error:
        say(f"No such device: {error}")
        return 0
    say(*facts(device))
    if device.type == "cpu" and asked.device == "auto":
        say("There is no GPU that torch can use: nothing to check. (--device cpu compares the processor with itself.)")
        return 0
    with tempfile.TemporaryDirectory(prefix="decrappify-gpu-", ignore_cleanup_errors=True) as folder:
        found = list(outcomes(checks(device, asked, Path(folder)), asked.only))
    say("", *table(found), *(f"\n{one.name}:\n{one.trace}" for one in found if one.trace))
    failed = sum(one.verdict == "FAILED" for one in found)
    say("", f"{len(found)} checks, {failed} failed." + (" Please send us all of the above as an issue." * bool(failed)))
    return int(failed > 0)


def arguments(words: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="auto", help="auto, cuda, cuda:N, mps, or cpu to try this script itself")
    parser.add_argument(
        "--only", nargs="+", default=(), metavar="WORD", help="only checks whose names hold one of them"
    )
    parser.add_argument("--side", type=int, default=512, help="of the picture that tasks are tried on, in pixels")
    parser.add_argument("--patience", type=float, default=600.0, help="seconds that a training may take")
    return parser.parse_args(words)


def facts(device: torch.device) -> Iterator[str]:
    """Yield what a bug report must say of the machine."""
    packages = ("napari-decrappify", "torch", "torchvision", "numpy", "pillow", "safetensors")
    yield f"{platform.platform()}, {platform.machine()}, Python {platform.python_version()}"
    yield ", ".join(f"{name} {version_of(name)}" for name in packages)
    yield f"CUDA {torch.version.cuda}, HIP {torch.version.hip}, cuDNN {torch.backends.cudnn.version()}"
    if device.type == "cuda":
        chip = torch.cuda.get_device_properties(device)
        memory = f"{chip.total_memory / 2**30:.1f} GiB"
        yield f"{device}: {chip.name}, compute {chip.major}.{chip.minor}, {memory}, bf16 {has_bf16(device)}"
        yield f"TF32 in convolutions {torch.backends.cudnn.allow_tf32}"
    else:
        chip = platform.processor() or "unknown"
        yield f"{device}: {chip}, bf16 {has_bf16(device)}, {torch.get_num_threads()} threads"


def version_of(package: str) -> str:
    """Return the version of an installed package."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def checks(device: torch.device, asked: argparse.Namespace, folder: Path) -> Iterator[Check]:
    """Yield what there is to try."""
    for card in list_models():
        if task_named(card.task).call:
            yield Check(f"{card.name} fp32", partial(compared, card, device, "fp32", FP32, asked.side))
            yield Check(f"{card.name} half", partial(compared, card, device, "bf16", HALF, asked.side))
    yield Check("infill with texture", partial(textured, device, asked.side))
    yield Check("out of memory", partial(memory_runs_out, device))
    for recipe in (name for name in recipe_names() if name.endswith("-tiny")):
        for precision in ("fp32", "bf16", "fp16"):
            run = partial(killed_and_resumed, recipe, device, precision, folder, asked.patience)
            yield Check(f"train {recipe} {precision}", run)
    yield Check("core alone", alone)


def outcomes(wanted: Iterator[Check], only: tuple[str, ...]) -> Iterator[Outcome]:
    """Try one after the other, whatever the one before came to, and tell at once."""
    for check in wanted:
        if only and not any(word in check.name for word in only):
            continue
        started = time.perf_counter()
        verdict, trace = "passed", ""
        try:
            words = check.run()
        except Skipped as reason:
            verdict, words = "skipped", str(reason)
        except Exception as error:  # noqa: BLE001  whatever a stranger's machine raises is what the report is for
            verdict, words = "FAILED", f"{type(error).__name__}: {' '.join(str(error).split())}"
            trace = "" if isinstance(error, AssertionError) else traceback.format_exc(limit=-6)
        found = Outcome(check.name, verdict, time.perf_counter() - started, words, trace)
        say(f"{found.verdict:8}{found.name}: {found.words}")
        yield found


def table(found: list[Outcome]) -> Iterator[str]:
    """Yield the lines of the report."""
    width = max((len(one.name) for one in found), default=0)
    for one in found:
        yield f"| {one.name:{width}} | {one.verdict:7} | {one.seconds:7.1f} s | {one.words} |"


def compared(card: ModelCard, device: torch.device, precision: str, within: float, side: int) -> str:
    """Run a model's task on both, compare, and measure seconds a megapixel and the peak of the device's memory."""
    if precision == "bf16" and not (card.bf16 and has_bf16(device)):
        raise Skipped("the card rules it out" if not card.bf16 else "the device has no bf16")
    expected = done(card, torch.device("cpu"), "fp32", side)
    done(card, device, precision, side)  # what is compiled or chosen once
    reset_peak(device)
    started = time.perf_counter()
    made = done(card, device, precision, side)
    pace = (time.perf_counter() - started) / (side**2 / MEGA)
    difference = float(np.abs(made - expected).max())
    words = f"differs by {difference:.2g} of {within:.2g} allowed; {pace:.3f} s/megapixel; peak {peak(device)}"
    assert made.shape == expected.shape, f"{made.shape} where the processor gives {expected.shape}"
    assert difference <= within, words
    return words


def done(card: ModelCard, device: torch.device, precision: str, side: int, **more: Any) -> np.ndarray:
    """Return what a model's task makes of a drawn picture, whose range is 0 to 1."""
    spec, image = task_named(card.task), picture(side)
    keywords = {"model": card.name, "device": str(device), "precision": precision, "normalize": (0.0, 1.0), **more}
    if spec.scales:
        keywords["factor"] = card.scale
    if spec.replaces:
        keywords["mask"] = holes(side)
    if spec.fills:
        keywords = {"texture": 0.0, **keywords}
    return np.asarray(call_named(spec.operation)(image[..., 0] if spec.colors else image, **keywords))


def picture(side: int, seed: int = 0) -> np.ndarray:
    """Return a (Y, X, 3) picture in [0, 1] with shades, edges and noise."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:side, :side] / side
    shades = (
        0.5 + 0.25 * np.sin(9 * y + 4 * x)[..., None] + 0.1 * np.sin(40 * x * y)[..., None] * np.array([1, 0.6, -1])
    )
    for top, left, height, width in rng.integers(1, max(2, side // 3), (6, 4)):
        shades[top : top + height, left : left + width] = rng.random(3)
    return (shades + rng.normal(0, 0.02, shades.shape)).clip(0, 1).astype(np.float32)


def holes(side: int) -> np.ndarray:
    """Return a (Y, X) mask of a stroke and a square."""
    mask = np.zeros((side, side), bool)
    mask[side // 4 : side // 4 + 4, side // 8 : -side // 8] = True
    mask[side // 2 : side * 5 // 8, side // 2 : side * 5 // 8] = True
    return mask


def textured(device: torch.device, side: int) -> str:
    """Fill holes with texture twice: the same on the same device, and nothing changes outside."""
    card = next(card for card in list_models("infill"))
    first, again = (done(card, device, "fp32", side, texture=1.0) for _ in range(2))
    assert np.array_equal(first, again), "two runs with one seed differ"
    assert np.array_equal(first[~holes(side)], picture(side)[~holes(side)]), "pixels outside the mask have changed"
    return "the same twice, untouched outside the mask"


def memory_runs_out(device: torch.device) -> str:
    """Leave the device so little memory that a tile doesn't fit, and see that smaller ones give the same."""
    if device.type != "cuda":
        raise Skipped("only CUDA can be told how much memory there is")
    card = next(card for card in list_models("upscale") if card.name == "upscale-x2")
    side, tiles = 2048, []
    expected = done(card, device, "fp32", side)
    release(device)
    total = torch.cuda.get_device_properties(device).total_memory
    torch.cuda.set_per_process_memory_fraction((torch.cuda.memory_reserved(device) + ROOM) / total, device)
    try:
        made = done(card, device, "fp32", side, tile=side, progress=lambda step: tiles.append(step.total))
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0, device)
        release(device)
    assert len(set(tiles)) > 1, "memory never ran out: the tile fitted"
    difference = float(np.abs(made - expected).max())
    assert difference <= FP32, f"smaller tiles differ by {difference:.2g}"
    return f"from {min(tiles)} to {max(tiles)} tiles, which differ by {difference:.2g}"


def killed_and_resumed(recipe: str, device: torch.device, precision: str, folder: Path, patience: float) -> str:
    """Train in a process, kill it behind its first checkpoint, go on, and look at the model."""
    if precision == "fp16" and device.type != "cuda":
        raise Skipped("fp16 is for CUDA")
    if precision == "bf16" and not has_bf16(device):
        raise Skipped("the device has no bf16")
    out = folder / f"{recipe}-{precision}"
    command = [sys.executable, "-m", "napari_decrappify", "train", recipe, "--quiet", "--data", str(drawn(folder))]
    command += ["--out", str(out), "--device", str(device), "--precision", precision, "--set", OFTEN]
    started, log = time.monotonic(), folder / "log.txt"
    with log.open("w") as written:
        attempt = subprocess.Popen(command, stdout=written, stderr=subprocess.STDOUT)
        while attempt.poll() is None and time.monotonic() - started < patience:
            if (out / "checkpoints" / "last.safetensors").exists():
                break
            time.sleep(POLL)
        killed = attempt.poll() is None
        attempt.kill()
        attempt.wait()
    left = patience - (time.monotonic() - started)
    assert left > 0, f"no checkpoint in {patience:.0f} s"
    ended = subprocess.run([*command, "--resume"], capture_output=True, text=True, timeout=left, check=False)
    if ended.returncode and killed:
        raise RuntimeError(ended.stderr.strip()[-2000:])
    if ended.returncode:
        raise RuntimeError(log.read_text()[-2000:])
    net = load_model(next(out.glob("*.safetensors"))).net
    assert all(math.isfinite(float(values.sum())) for values in net.parameters()), "weights that aren't finite"
    figures = ended.stdout.split(":")[-1].strip()
    return f"{'killed and resumed' if killed else 'ended before it could be killed'}: {figures}"


def drawn(folder: Path) -> Path:
    """Write pictures to learn from, the first time; return their folder."""
    place = folder / "pictures"
    if not place.exists():
        place.mkdir()
        for number in range(PICTURES):
            Image.fromarray((picture(PICTURE_SIDE, number) * 255).astype(np.uint8)).save(place / f"{number}.png")
    return place


def alone() -> str:
    """Nothing of the window was imported."""
    seen = [name for name in ("napari", "qtpy", "magicgui", "PyQt6", "PySide6") if name in sys.modules]
    assert not seen, f"{', '.join(seen)} has been imported"
    return f"neither napari nor Qt was imported (napari {version_of('napari')})"


def reset_peak(device: torch.device) -> None:
    """Begin to count the device's memory anew."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
        torch.cuda.reset_peak_memory_stats(device)


def peak(device: torch.device) -> str:
    """Return the most memory that was taken on the device, in words."""
    if device.type == "cuda":
        return f"{torch.cuda.max_memory_allocated(device) / 2**20:.0f} MiB"
    return f"{torch.mps.driver_allocated_memory() / 2**20:.0f} MiB" if device.type == "mps" else "not counted"


def say(*lines: str) -> None:
    """Print lines at once."""
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
