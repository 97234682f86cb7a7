"""Command-line options derived from the documented parameters of a public call: nothing is declared twice."""

from __future__ import annotations

import argparse
import inspect
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, get_origin

from ..parameters import Parameter, parameters_of


def add_options(
    parser: argparse.ArgumentParser,
    call: Callable[..., Any],
    *,
    leave_out: Collection[str] = (),
    positional: Collection[str] = (),
    flags: Mapping[str, str] | None = None,
) -> None:
    """Add an option for each documented parameter of a call.

    Parameters
    ----------
    parser : ArgumentParser
        Gets the options.
    call : callable
        Its annotated signature says names, types, defaults, bounds and help.
    leave_out : collection of str
        Parameters that aren't options here.
    positional : collection of str
        Parameters that are given without a flag.
    flags : mapping
        Other flags for some parameters, such as ``{"overrides": "--set"}``.
    """
    for name, parameter in parameters_of(call).items():
        if name in leave_out:
            continue
        if name in positional:
            parser.add_argument(name, help=_help(parameter))
            continue
        flag = (flags or {}).get(name, "--" + name.replace("_", "-"))
        required = parameter.default is inspect.Parameter.empty
        parser.add_argument(
            flag, dest=name, default=argparse.SUPPRESS, required=required, help=_help(parameter), **_kind(parameter)
        )


def given(arguments: argparse.Namespace, call: Callable[..., Any]) -> dict[str, Any]:
    """Return the keywords for `call` that were given on the command line; its own defaults stand for the rest."""
    values = vars(arguments)
    return {name: values[name] for name in parameters_of(call) if name in values}


def _kind(parameter: Parameter) -> dict[str, Any]:
    if parameter.type is bool:
        return {"action": argparse.BooleanOptionalAction}
    if parameter.choices is not None:
        return {"metavar": "{" + ",".join(map(str, parameter.choices)) + "}", "type": _chooser(parameter)}
    shown = parameter.name.upper()
    if get_origin(parameter.type) in (Sequence, list, tuple):
        return {"action": "extend", "nargs": "+", "metavar": shown}
    return {"type": parameter.type if parameter.type in (int, float) else str, "metavar": shown}


def _chooser(parameter: Parameter) -> Callable[[str], Any]:
    """Turn a word into the choice that it spells; an unknown word is left to the call's own check."""
    spelled = {str(choice): choice for choice in parameter.choices or ()}
    return lambda word: spelled.get(word, word)


def _help(parameter: Parameter) -> str:
    text = parameter.doc.help
    low, high = parameter.doc.minimum, parameter.doc.maximum
    if low is not None and high is not None:
        text += f" From {low:g} to {high:g}."
    elif low is not None:
        text += f" At least {low:g}."
    if parameter.default not in (inspect.Parameter.empty, None, False, ()):
        text += f" Default: {parameter.default}."
    return text.replace("%", "%%")
