"""Problems for machines."""

from __future__ import annotations

import json

import pytest

from services.check.report import FORMATS
from shared.content.problem import Problem

PROBLEMS = (Problem("content/a,b.md", 3, "100 % wrong\nindeed"), Problem("content/c.md", 1, "odd", "warning"))


def test_json_counts_and_lists() -> None:
    value = json.loads(FORMATS["json"](PROBLEMS))
    assert (value["errors"], value["warnings"]) == (1, 1)
    assert value["problems"][1] == {"path": "content/c.md", "line": 1, "severity": "warning", "message": "odd"}


def test_github_annotations_are_escaped() -> None:
    first, second = FORMATS["github"](PROBLEMS).splitlines()
    assert first == "::error file=content/a%2Cb.md,line=3::100 %25 wrong%0Aindeed"
    assert second == "::warning file=content/c.md,line=1::odd"


def test_sarif_names_place_and_level() -> None:
    log = json.loads(FORMATS["sarif"](PROBLEMS))
    (run,) = log["runs"]
    assert log["version"] == "2.1.0"
    assert [one["level"] for one in run["results"]] == ["error", "warning"]
    assert run["results"][0]["locations"][0]["physicalLocation"]["region"] == {"startLine": 3}
    assert {one["ruleId"] for one in run["results"]} == {rule["id"] for rule in run["tool"]["driver"]["rules"]}


@pytest.mark.parametrize("form", ["json", "sarif"])
def test_no_problem_is_a_document_too(form: str) -> None:
    assert json.loads(FORMATS[form](()))
