"""No text that commands print steers the terminal."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import ARTICLE, Run
from tests.conftest import ROOT

#: Turns the direction of the text after it; clears a screen in the form of one character; ends a line.
STEERING = "\u202e\u2067\x9b2J\u2028"


@pytest.fixture
def steering(content: Path) -> Path:
    """An article and a picture that try to steer."""
    text = f"A quokka {STEERING} sleeps. ![x](gone-{STEERING}.png)\n\n## {STEERING} It sleeps\n"
    path = content / "articles" / "quokka.md"
    path.write_text(ARTICLE.format(title=f'"Quokka {STEERING}"', text=text, day=3))
    (content / "articles" / "b\u202egpj.md").write_text("no front matter")
    return path


@pytest.mark.parametrize(
    "arguments",
    [
        ("check",),
        ("check", "--format", "json"),
        ("check", "--format", "github"),
        ("query", "quokka"),
        ("query", "--explain", "quokka"),
        ("query", "--json", "quokka"),
        ("query", "quokkx\u202e"),
        ("index",),
        ("new", "x\u202e", "--slug", "A\u202e"),
        ("preview", "x\u202e"),
        ("s\u202eerve",),
    ],
    ids=" ".join,
)
def test_text_of_others_does_not_steer_the_terminal(run: Run, steering: Path, arguments: tuple[str, ...]) -> None:
    run("index")
    shown = run(*arguments)
    assert shown.output or shown.errors
    assert not set(STEERING) & set(shown.output + shown.errors) - set("2J")


def test_commands_print_through_one_function() -> None:
    direct = [
        path.name
        for path in (ROOT / "services" / "cli").rglob("*.py")
        for line in path.read_text("utf-8").splitlines()
        if "click.echo(" in line
    ]
    # The lines of the services, in their colours and escaped by author_line; a banner; data for a spreadsheet.
    assert sorted(direct) == ["insight.py", "output.py", "serve.py", "serve.py"]
