"""What the command line says can be said anywhere: to any encoding, of any name, to nobody."""

from __future__ import annotations

import errno
import io
import os
import sys

import pytest

from napari_decrappify.cli.console import Console
from napari_decrappify.cli.main import main
from napari_decrappify.errors import FileWriteError
from napari_decrappify.jobs import Progress

NAME = os.fsdecode("naïve 写真 ".encode() + b"\xff.png")
ENCODINGS = ("ascii", "cp1252", "utf-8")


class Terminal(io.TextIOWrapper):
    """A terminal of one encoding that lets nothing pass that it can't show."""

    def __init__(self, encoding: str) -> None:
        super().__init__(io.BytesIO(), encoding=encoding, errors="strict", newline="\n")

    @property
    def shown(self) -> str:
        self.flush()
        return self.buffer.getvalue().decode(self.encoding)


@pytest.fixture
def open_terminal(monkeypatch):
    """Opened inside the test: its own capture begins after the fixtures."""

    def of(encoding: str) -> Terminal:
        made = Terminal(encoding)
        monkeypatch.setattr(sys, "stdout", made)
        monkeypatch.setattr(sys, "stderr", made)
        return made

    return of


@pytest.mark.parametrize("bars", [False, True])
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_name_can_be_said(open_terminal, encoding, bars):
    terminal = open_terminal(encoding)
    console = Console(bars=bars)
    console.result(NAME)
    with console.progress(NAME) as progress:
        if progress is not None:
            progress(Progress(1, 2, NAME))
        console.note(NAME)
        console.error(NAME)
    shown = terminal.shown
    assert shown.count(r"\udcff.png") >= 3
    assert ("写真" in shown) == (encoding == "utf-8")
    assert ("naïve" in shown) == (encoding != "ascii")


def test_a_name_with_line_ends_and_escapes_is_one_line_that_steers_nothing(capsys):
    Console().note("a\nb\x1b[2Jc\u2028d  e")
    assert capsys.readouterr().err == "a\\nb\\x1b[2Jc\\u2028d  e\n"


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_help_can_be_read_in_any_encoding(open_terminal, encoding):
    terminal = open_terminal(encoding)
    assert main(["crappify", "--help"]) == 0
    assert "usage: napari-decrappify crappify" in terminal.shown


class Closed(io.StringIO):
    def write(self, text: str) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("bars", [False, True])
def test_notes_that_nobody_can_read_end_nothing_and_results_are_an_error(monkeypatch, bars):
    monkeypatch.setattr(sys, "stderr", Closed())
    monkeypatch.setattr(sys, "stdout", Closed())
    console = Console(bars=bars)
    with console.progress("images") as progress:
        if progress is not None:
            progress(Progress(1, 2))
        console.note("done")
        console.error("failed")
    with pytest.raises(FileWriteError, match="No space left"):
        console.result("what was asked for")


def test_a_program_without_a_terminal_says_nothing(monkeypatch):
    monkeypatch.setattr(sys, "stderr", None)
    monkeypatch.setattr(sys, "stdout", None)
    console = Console()
    console.note("done")
    console.error("failed")
    console.result("what was asked for")
