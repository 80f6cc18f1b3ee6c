"""What ``perspective serve`` prints at a terminal."""

from __future__ import annotations

import re

import click
import orjson
import pytest

from services.cli.operating.terminal import NEWS, author_line
from tests.conftest import ROOT


def shown(*, shows_all: bool = False, **fields: object) -> str | None:
    """The line for an event with ``fields``, without colours."""
    event = {"level": "info", "logger": "x", "service": "render", "timestamp": "2026-11-29T09:57:29.5Z", **fields}
    line = author_line(orjson.dumps(event).decode(), shows_all=shows_all)
    return line if line is None else click.unstyle(line)


def test_news_is_one_short_line_with_the_local_time() -> None:
    line = shown(event="index synced", generation="571b", added=17, changed=0, removed=0, seconds=0.976)
    assert line is not None
    assert re.fullmatch(r"\d\d:\d\d:\d\d index synced: added 17, seconds 0\.976", line)


def test_what_is_no_news_is_printed_only_while_debugging() -> None:
    assert shown(event="generation opened", generation="571b") is None
    assert shown(event="generation opened", generation="571b", shows_all=True) is not None


def test_problems_that_both_services_find_are_printed_once() -> None:
    said = "what has problems keeps its last good state, or is left out"
    assert shown(event=said, problems=1, level="error", service="render") is not None
    assert shown(event=said, problems=1, level="warning", service="indexer") is None


@pytest.mark.parametrize("level", ["warning", "error", "critical"])
def test_whatever_is_wrong_is_printed(level: str) -> None:
    line = shown(event="vectors not made", level=level, reason="no model", exception="Traceback: …")
    assert line is not None
    assert line.endswith("vectors not made: reason no model\nTraceback: …")


def test_a_content_problem_is_its_path_line_and_message() -> None:
    problem = 'articles/bad.md:2: the front matter is not YAML: write title: "Broken: a colon"'
    line = shown(event="content problem", level="error", problem=problem)
    assert line is not None
    assert line.split(" ", 1)[1] == problem


@pytest.mark.parametrize(
    "line", ["", "perspective: port 8080 is taken", "Traceback (most recent call last):", "[1]", "{"]
)
def test_what_is_no_event_stays_as_it_is(line: str) -> None:
    assert author_line(line, shows_all=False) == line


@pytest.mark.parametrize(("event", "field"), [("content problem", "problem"), ("a\x9b", "x")])
def test_no_event_steers_the_terminal(event: str, field: str) -> None:
    fields: dict[str, object] = {field: "a\u202e\u2066", "exception": "Traceback: \u202e\x1b[2J"}
    line = author_line(orjson.dumps({"event": event, "level": "error", **fields}).decode(), shows_all=False)
    assert line is not None
    assert not set("\u202e\u2066\x9b\x1b") & set(click.unstyle(line))


def test_what_is_no_event_does_not_steer_either() -> None:
    assert author_line("\x1b[35mTraceback\x1b[0m: \u202e\x1b]0;title\x07", shows_all=False) == (
        "Traceback: \\u202e\\u001b]0;title\\u0007"
    )


@pytest.mark.parametrize("stamp", ["", "yesterday", None])
def test_an_event_with_a_damaged_time_is_printed_without_it(stamp: str | None) -> None:
    assert shown(event="site published", articles=3, timestamp=stamp) == "site published: articles 3"


@pytest.mark.parametrize("name", sorted(NEWS))
def test_what_counts_as_news_is_an_event_of_a_service(name: str) -> None:
    sources = (path.read_text("utf-8") for path in (ROOT / "services").rglob("*.py") if path.name != "terminal.py")
    assert any(f'log.info("{name}"' in source for source in sources)
