"""Choosing the command, and turning errors into one line and an exit code."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from ..errors import DecrappifyError, InvalidParameterError, noting_file_warnings
from ..tasks import callable_tasks
from .console import PROGRAM, Console


def commands() -> dict[str, str]:
    """Return the commands and what each does, in one line; those of the tasks as `tasks.TASKS` has them."""
    return {
        "demo": "crappify a photo, repair and upscale it, and show how near the result comes",
        "crappify": "make images worse on purpose",
        **{spec.command: spec.summary for spec in callable_tasks()},
        "train": "train a model from a folder of pictures",
        "finetune": "train a model further on your own pictures, in minutes",
        "lr-find": "find a learning rate for a recipe on your pictures",
        "recipes": "list the training recipes there are",
        "models": "list, show, verify, import, export and delete models",
        "benchmark": "measure quality, speed and memory of the models",
    }


FAILED, MISUSED, STOPPED = 1, 2, 130


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line."""

    def error(self, message: str) -> NoReturn:
        """Write the error and where to read on, and leave."""
        Console().error(f"{message} (see {self.prog} --help)")
        sys.exit(MISUSED)

    def print_help(self, file: Any = None) -> None:
        """Write the help, to a reader of whatever encoding."""
        if file is None:
            Console().result(self.format_help().rstrip())
        else:
            super().print_help(file)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code.

    Returns
    -------
    int
        0 when all went well; 1 when something failed; 2 when it was called wrongly; 130 when it was stopped by Ctrl-C.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        chosen = _top_parser().parse_args(words[:1])
        return _run(chosen.command, words[1:])
    except InvalidParameterError as error:
        Console().error(error)
        return MISUSED
    except DecrappifyError as error:
        Console().error(error)
        return FAILED
    except KeyboardInterrupt:
        Console().error("stopped; nothing half-written was left")
        return STOPPED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for Python's own flush at exit
        return FAILED
    except SystemExit as leaving:
        return int(leaving.code or 0)


def _top_parser() -> Parser:
    known = commands()
    width = max(map(len, known))
    listing = "\n".join(f"  {name:<{width}}  {summary}" for name, summary in known.items())
    parser = Parser(
        prog=PROGRAM,
        usage=f"{PROGRAM} [--help] [--version] COMMAND ...",
        description="Make images worse on purpose, learn the way back, and apply it.",
        epilog=f"commands:\n{listing}\n\n'{PROGRAM} COMMAND --help' says more about one.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action=_Version, help="show the version and leave")
    parser.add_argument("command", choices=known, metavar="COMMAND", help="one of the commands below")
    return parser


class _Version(argparse.Action):
    def __init__(self, option_strings: Sequence[str], dest: str, help: str | None = None) -> None:
        super().__init__(option_strings, dest, nargs=0, default=argparse.SUPPRESS, help=help)

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        from .. import __version__

        Console().result(f"{PROGRAM} {__version__}")
        parser.exit()


def _run(command: str, words: Sequence[str]) -> int:
    parser = Parser(prog=f"{PROGRAM} {command}", description=_sentence(commands()[command]))
    parser.add_argument("--quiet", action="store_true", help="say nothing but results and errors")
    parser.add_argument(
        "--progress",
        action=argparse.BooleanOptionalAction,
        help="draw progress bars, or none, whether or not this is a terminal",
    )
    chosen = _command(command)
    chosen.add_arguments(parser)
    arguments = parser.parse_args(words)
    console = Console(arguments.quiet, arguments.progress)
    with noting_file_warnings(console.note):
        code: int = chosen.run(arguments, console)
    return code


def _command(name: str) -> Any:
    """Return what adds a command's arguments and runs it; it is imported only now."""
    spec = next((spec for spec in callable_tasks() if spec.command == name), None)
    if spec is None:
        return importlib.import_module(f".commands.{name.replace('-', '_')}", __package__)
    from .commands.task import TaskCommand

    return TaskCommand(spec)


def _sentence(summary: str) -> str:
    return summary[0].upper() + summary[1:] + "."
