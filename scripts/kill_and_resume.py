"""Kill trainings at random instants, resume them, and compare their weights with those of one never killed.

A training is killed by SIGKILL, resumed, killed again, and so on until it ends; then the next one begins, until there
were as many kills as asked for. Each training's model must be that of one that was never killed, and so must the best
of its checkpoints; nothing half written may be left. Prints a line a training and a sum; the exit code is 1 if any
differs.

Usage: python scripts/kill_and_resume.py [RECIPE] [--kills 100] [--seed 0] [--data FOLDER] [--out FOLDER]
       [--set evaluation.every=2 ...]   (POSIX: Linux and macOS)
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
import skimage.data
from PIL import Image
from safetensors.numpy import load_file

from napari_decrappify.atomic import LEFT_OVER
from napari_decrappify.jobs import Progress
from napari_decrappify.training.running.events import Begun
from napari_decrappify.training.train import train

SIDE = 128
SETTINGS = ("evaluation.every=2",)
"""Many checkpoints, so that many kills fall into the writing of one."""
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(  # once, so that an attempt is a training from its first instant
    ["napari_decrappify.training.running.trainer", "napari_decrappify.training.setup", "torchvision", "torch._dynamo"]
)


def main() -> int:
    """Kill and compare; return 1 if any training came to something else."""
    asked = arguments()
    out = asked.out or Path(tempfile.mkdtemp(prefix="decrappify-kills-"))
    work = Work(asked.recipe, asked.data or drawn_pictures(out / "pictures"), (*SETTINGS, *asked.set))
    rng = np.random.default_rng(asked.seed)
    started = time.monotonic()
    whole = work.never_killed(out / "never-killed")
    say(f"{asked.recipe}: {whole.seconds:.1f} s without a kill")
    kills: Counter[str] = Counter()
    wrong = []
    for number in count():
        if kills.total() >= asked.kills:
            break
        story = work.killed_until_it_ends(out / f"run-{number + 1}", whole.seconds, asked.kills - kills.total(), rng)
        differing = differences(whole.folder, story.folder)
        wrong += differing
        kills.update(story.kills)
        verdict = "bit-equal" if not differing else f"DIFFERS: {', '.join(differing)}"
        say(f"training {number + 1}: {len(story.kills)} kills, {story.half} of them in the middle of a file: {verdict}")
    say(f"{kills.total()} kills in {time.monotonic() - started:.0f} s: " + ", ".join(map(counted, kills.most_common())))
    say(f"{'NOT ' if wrong else ''}all trainings are bit-equal to one never killed")
    return 1 if wrong else 0


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recipe", nargs="?", default="lesson7-gan-tiny", help="a recipe that ends within seconds")
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0, help="of the instants; the recipe has its own")
    parser.add_argument("--data", type=Path, help="a folder of pictures; six cuts of photos if left out")
    parser.add_argument("--out", type=Path, help="a new folder for the trainings; a temporary one if left out")
    parser.add_argument("--set", nargs="+", default=(), metavar="KEY=VALUE", help="changes to the recipe")
    return parser.parse_args()


@dataclass
class Story:
    """A training: its folder, how long its first attempt took, where it was killed, and how often in a file."""

    folder: Path
    seconds: float = 0.0
    kills: list[str] = field(default_factory=list)
    half: int = 0


@dataclass(frozen=True)
class Work:
    """What is trained, again and again: a recipe, pictures, and changes to the recipe."""

    recipe: str
    data: Path
    overrides: Sequence[str]

    def never_killed(self, folder: Path) -> Story:
        """Train in peace."""
        warm_up = CONTEXT.Process(target=str)  # the server that makes processes imports first
        warm_up.start()
        warm_up.join()
        story, started = Story(folder), time.monotonic()
        if self._struck(story, None):
            raise SystemExit(f"{self.recipe} was killed by somebody else")
        story.seconds = time.monotonic() - started
        return story

    def killed_until_it_ends(self, folder: Path, seconds: float, most: int, rng: np.random.Generator) -> Story:
        """Train, and kill each attempt at an instant of the next half of `seconds`, if it hasn't ended by then."""
        story = Story(folder)
        while self._struck(story, rng.uniform(0, seconds / 2) if len(story.kills) < most else None):
            story.half += any(LEFT_OVER.fullmatch(path.name) for path in folder.rglob(".*"))
        return story

    def _struck(self, story: Story, after: float | None) -> bool:
        """Train on, or from the start; return whether it was killed before it ended."""
        reader, writer = CONTEXT.Pipe(duplex=False)
        attempt = CONTEXT.Process(target=attempted, args=(self, story.folder, writer))
        attempt.start()
        writer.close()
        attempt.join(after)
        if attempt.is_alive():
            attempt.kill()
        attempt.join()
        code = attempt.exitcode or 0
        if code > 0:
            raise SystemExit(f"{story.folder}: an attempt failed by itself, after kills in {', '.join(story.kills)}")
        if code == 0:
            return False
        story.kills.append((["start", *told(reader)])[-1])
        return True


def attempted(work: Work, folder: Path, writer: Connection) -> None:
    """Train in this process, from where the folder stands, and tell of every stage."""
    last = ""

    def tell(step: Progress) -> None:
        nonlocal last
        here = stage_of(step) or last
        if here != last:
            writer.send(here)
        last = here

    train(work.recipe, work.data, folder, overrides=work.overrides, resume=True, device="cpu", progress=tell)


def stage_of(step: Progress) -> str:
    """Return the kind of stage that a step tells to have begun."""
    if isinstance(step.payload, Begun):
        return step.payload.kind
    return "save-predictions" if "prediction" in step.note else ""


def told(reader: Connection) -> Iterator[str]:
    """Yield what a process has told before its end."""
    with suppress(EOFError, OSError):
        while reader.poll():
            yield reader.recv()


def differences(one: Path, other: Path) -> list[str]:
    """Return what differs between two trainings: models, the best checkpoint, and what is left half written."""
    models = [path.name for path in sorted(one.glob("*.safetensors"))]
    files = [*models, "checkpoints/best.safetensors"]
    unequal = [file for file in files if not equal(one / file, other / file)]
    return unequal + [path.name for path in other.rglob(".*") if LEFT_OVER.fullmatch(path.name)]


def equal(one: Path, other: Path) -> bool:
    """Return whether two files hold the same tensors, bit by bit."""
    left, right = load_file(one), load_file(other)
    return left.keys() == right.keys() and all(left[key].tobytes() == right[key].tobytes() for key in left)


def drawn_pictures(folder: Path) -> Path:
    """Write six cuts of photos that come with scikit-image."""
    folder.mkdir(parents=True)
    for name in ("astronaut", "chelsea", "coffee"):
        photo = getattr(skimage.data, name)()
        for number, x in enumerate((0, 150)):
            Image.fromarray(photo[60 : 60 + SIDE, x : x + SIDE]).save(folder / f"{name}-{number}.png")
    return folder


def counted(place: tuple[str, int]) -> str:
    """Say how many kills struck in a place."""
    return f"{place[1]} in {place[0]}"


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
