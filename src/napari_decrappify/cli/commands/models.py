"""``napari-decrappify models list|show|verify|import|export|delete``."""

from __future__ import annotations

import argparse

from ...errors import DecrappifyError, InvalidParameterError
from ...models import (
    UNKNOWN,
    Entry,
    ModelCard,
    catalogue,
    delete_model,
    export_model,
    import_model,
    load_model,
    user_folder,
    verify,
)
from ...tasks import callable_tasks
from ..console import Console

ACTIONS = {
    "list": "all models",
    "show": "a model's card as JSON",
    "verify": "load models and run them on a small picture",
    "import": "take model files, or other projects' .pth, .pt, .ckpt and .safetensors, among your own models",
    "export": "copy a model to a file: export MODEL FILE",
    "delete": "delete models of your own",
}

TASK = "what another project's model is for, where its architecture doesn't say it"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what to do, and with which models."""
    parser.add_argument(
        "action",
        choices=ACTIONS,
        metavar="{" + ",".join(ACTIONS) + "}",
        help="; ".join(f"{action}: {does}" for action, does in ACTIONS.items()),
    )
    parser.add_argument("names", nargs="*", metavar="MODEL", help="a model's name, or the path of its file")
    parser.add_argument("--name", help="what the model that is imported is to be called; by default as its file is")
    parser.add_argument("--task", choices=[spec.name for spec in callable_tasks()], help=TASK)
    parser.add_argument("--license", help="licence of another project's model, for its card; unknown if left out")
    parser.add_argument("--force", action="store_true", help="replace a model of yours, or a file, of that name")


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Do one of the actions."""
    actions = {"list": _list, "show": _show, "verify": _verify, "delete": _delete}
    if arguments.action in actions:
        return actions[arguments.action](arguments.names, console)
    return (_import if arguments.action == "import" else _export)(arguments, console)


def _list(names: list[str], console: Console) -> int:
    if names:
        raise InvalidParameterError("no names after 'models list'", " ".join(names), "Use 'models show NAME'.")
    entries = catalogue()
    rows = [("NAME", "TASK", "SCALE", "FROM", "LICENCE", "DESCRIPTION"), *map(_row, entries)]
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    for row in rows:
        cells = [f"{cell:<{width}}" for cell, width in zip(row, [*widths, 0], strict=True)]
        console.result("  ".join(cells).rstrip())
    console.note(f"your own models are in {user_folder()}")
    return 1 if any(entry.problem for entry in entries) else 0


def _row(entry: Entry) -> tuple[str, ...]:
    card = entry.card
    if card is None:
        return _printable(entry.name), "-", "-", entry.origin, "-", str(entry.problem)
    return card.name, card.task, f"x{card.scale}", entry.origin, card.license or "-", card.description


def _printable(name: str) -> str:
    """Return the name of a file; one that could steer a terminal as a literal."""
    return name if name.isprintable() else repr(name)


def _show(names: list[str], console: Console) -> int:
    if not names:
        raise InvalidParameterError("the name of a model after 'models show'", "none", "See 'models list'.")
    for name in names:
        console.result(_card_of(name).model_dump_json(indent=1))
    return 0


def _card_of(name: str) -> ModelCard:
    for entry in catalogue():
        if entry.name == name and entry.problem is not None:
            raise entry.problem
        if entry.name == name and entry.card is not None:
            return entry.card
    return load_model(name).card


def _verify(names: list[str], console: Console) -> int:
    failed = False
    for name in names or [str(entry.path) for entry in catalogue()]:
        try:
            card = verify(name)
        except DecrappifyError as error:
            failed = True
            console.error(error)
        else:
            console.result(f"{card.name}: whole, and runs")
    return 1 if failed else 0


def _import(arguments: argparse.Namespace, console: Console) -> int:
    if not arguments.names or (arguments.name is not None and len(arguments.names) > 1):
        raise InvalidParameterError("one file for --name, or some files", f"{len(arguments.names)} file(s)")
    for file in arguments.names:
        card = import_model(
            file, arguments.name, replace=arguments.force, task=arguments.task, license=arguments.license
        )
        console.result(f"{card.name}: taken, for {card.task} x{card.scale}")
        if card.original is not None and card.license == UNKNOWN:
            console.note(f"{card.name}: its licence isn't known; to keep it on the card, pass --license with --force")
    return 0


def _export(arguments: argparse.Namespace, console: Console) -> int:
    if len(arguments.names) != 2:
        raise InvalidParameterError("a model and a file after 'models export'", f"{len(arguments.names)} word(s)")
    name, file = arguments.names
    console.result(f"{name}: copied to {export_model(name, file, replace=arguments.force)}")
    return 0


def _delete(names: list[str], console: Console) -> int:
    if not names:
        raise InvalidParameterError("the name of a model after 'models delete'", "none", "See 'models list'.")
    for name in names:
        console.result(f"{name}: deleted {delete_model(name)}")
    return 0
