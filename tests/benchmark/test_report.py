"""The page is the output of one command, and says which."""

from __future__ import annotations

import re

from napari_decrappify.benchmark import Table, page
from napari_decrappify.cli import main
from napari_decrappify.cli.commands.benchmark import spelled


def test_the_page_begins_with_its_command_and_what_it_ran_on(photos, tmp_path, tiny_upscaler):
    words = ["benchmark", "--data", photos, "--models", tiny_upscaler, "--limit", 1, "-o", tmp_path / "b.md"]
    assert main([str(word) for word in words]) == 0
    text = (tmp_path / "b.md").read_text()
    command = re.search(r"```bash\n(.*)\n```", text)[1]
    assert command.split()[:4] == ["napari-decrappify", "benchmark", "--data", str(photos)]
    assert "torch 2" in text
    assert re.search(r"on 20\d\d-\d\d-\d\d", text)
    assert "\n## Upscaling x2\n" in text
    assert "peak MiB" not in text


def test_the_command_on_the_page_gives_the_same_options_again():
    options = {"data": "my photos", "models": ["a", "b"], "peers": True, "speed": False, "output": "b.md"}
    line = "napari-decrappify benchmark --data 'my photos' --models a b --peers --no-speed --output b.md"
    assert spelled(options) == line


def test_tables_are_markdown():
    table = Table("Title", "Note.", ["", "dB", "n"], [["a", 31.256, 3], ["b", 0.12345, None]])
    assert table.markdown().splitlines() == [
        "## Title",
        "",
        "Note.",
        "",
        "|  | dB | n |",
        "| --- | ---: | ---: |",
        "| a | 31.26 | 3 |",
        "| b | 0.123 | - |",
    ]
    assert table.markdown() in page([table], "command", memory=True)
    assert "peak MiB" in page([table], "command", memory=True)
