"""The files that GitHub and citation tools read: issue forms and CITATION.cff."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
FORMS = sorted(path for path in (ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml") if path.stem != "config")
ASKED = ("textarea", "input", "dropdown", "checkboxes")


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_an_issue_form_is_one_that_github_takes(path):
    form = yaml.safe_load(path.read_text())
    assert set(form) == {"name", "description", "labels", "body"}
    ids = [field["id"] for field in form["body"]]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"[\w-]+", name) for name in ids)
    for field in form["body"]:
        assert field["type"] in ASKED
        assert set(field) <= {"type", "id", "attributes", "validations"}
        assert field["attributes"]["label"]
        assert ("options" in field["attributes"]) == (field["type"] in ("dropdown", "checkboxes"))


def test_there_is_a_form_for_bugs_models_and_features():
    assert [path.stem for path in FORMS] == ["bug", "feature", "model"]


def test_the_citation_is_of_this_version_by_these_authors():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    for name in ("version", "license", "authors"):
        assert citation[name] == PROJECT[name]
    assert {"cff-version", "message", "title"} <= set(citation)
    assert citation["title"] == PROJECT["name"]
