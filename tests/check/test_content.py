from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from services.check import check_content
from services.check.parsing import parse_sample
from shared.content.folder.verified import parse_verified
from tests.content.articles import article, source

TODAY = date(2026, 2, 1)
RUNS = "```python run\nprint(6 * 7)\n```\n\n```output\n42\n```\n"


@pytest.fixture
def content(tmp_path: Path) -> Path:
    (tmp_path / "articles").mkdir()
    (tmp_path / "site.toml").write_text('title = "Site"\n')
    return tmp_path


def problems(content: Path, *, run: bool = False) -> list[str]:
    return [str(one).removeprefix(f"{content.as_posix()}/") for one in check_content(content, run=run, today=TODAY)]


def test_the_fixture_site_is_clean(site: Path) -> None:
    assert check_content(site) == []


def test_parse_errors_are_reported_with_all_other_problems(content: Path) -> None:
    (content / "articles" / "a.md").write_text("no front matter")
    (content / "articles" / "b.md").write_text(source("[x](/gone/)"))
    assert problems(content) == [
        "articles/a.md:1: there is no front matter: start the file with a line of ---",
        "articles/b.md:7: there is no /gone/ on this site",
    ]


def test_everything_else_is_reported_together_by_path_and_line(content: Path) -> None:
    text = "# One\n\n### Three\n\n### three\n\n![](gone.png)\n\n[x](/gone/)\n\n"
    body = text + "```json\n{\n  a\n}\n```\n\n```python run\n1\n```"
    nowhere = "cannot be found: only an article in a folder (NAME/index.md) has files beside it"
    fragment = "mend it, or mark the block noparse if it is a fragment"
    (content / "articles" / "a.md").write_text(source(body, tags="[alone]"))
    (content / "articles" / "b.md").write_text(source("Text."))
    assert problems(content) == [
        "articles/a.md:5: warning: the tag 'alone' is used by this article alone: use it twice, or not at all",
        "articles/a.md:8: 'One' is a level-one heading: the title is the only one, start at ##",
        "articles/a.md:10: 'Three' skips a level: write ## instead of ###",
        "articles/a.md:12: warning: 'three' is also the heading on line 10: say how they differ",
        f"articles/a.md:14: the picture gone.png {nowhere}",
        "articles/a.md:14: the picture gone.png has no text: say in [brackets] what it shows",
        "articles/a.md:16: there is no /gone/ on this site",
        f"articles/a.md:20: this json does not parse (Expecting property name enclosed in double quotes): {fragment}",
        "articles/a.md:24: warning: this sample has not run since it was written or changed: perspective check --run",
    ]


def test_a_diagram_that_a_screen_reader_cannot_read_is_reported(content: Path) -> None:
    (content / "articles" / "a").mkdir()
    (content / "articles" / "a" / "index.md").write_text(source("![D](d.svg)"))
    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect/></svg>'
    (content / "articles" / "a" / "d.svg").write_text(svg)
    assert [line.removeprefix("articles/a/d.svg:1: ") for line in problems(content)] == [
        "<svg> must not fix its width and height: the page gives them",
        '<svg> needs a view box such as viewBox="0 0 640 360"',
        '<svg> needs role="img" and aria-labelledby with the ids of its title and description',
        "the first children of <svg> must be <title> and <desc>: they are what a screen reader reads",
    ]


def test_a_run_is_recorded_and_the_record_is_void_when_the_sample_changes(content: Path) -> None:
    path = content / "articles" / "a.md"
    path.write_text(source(RUNS))
    assert problems(content, run=True) == []
    record = (content / "verified.json").read_bytes()
    (run,) = parse_verified(record).values()
    assert (run.language, run.date) == ("python", "2026-02-01")
    assert problems(content) == []
    path.write_text(source(RUNS.replace("6 * 7", "7 * 6")))
    assert "has not run since" in problems(content)[0]


def test_a_second_run_that_proves_nothing_new_changes_nothing(content: Path) -> None:
    (content / "articles" / "a.md").write_text(source(RUNS))
    check_content(content, run=True, today=TODAY)
    before = (content / "verified.json").read_bytes()
    check_content(content, run=True, today=date(2027, 1, 1))
    assert (content / "verified.json").read_bytes() == before


def test_a_sample_that_prints_something_else_is_an_error_and_loses_its_record(content: Path) -> None:
    path = content / "articles" / "a.md"
    path.write_text(source(RUNS))
    check_content(content, run=True, today=TODAY)
    path.write_text(source(RUNS.replace("42", "43")))
    assert problems(content, run=True) == [
        "articles/a.md:7: line 1 of what this sample prints is '42', and the article says '43'"
    ]
    assert parse_verified((content / "verified.json").read_bytes()) == {}


def test_a_check_writes_nothing_where_there_is_nothing_to_record(content: Path, site: Path) -> None:
    check_content(content, run=True, today=TODAY)
    assert not (content / "verified.json").exists()
    copy = content / "copy"
    shutil.copytree(site, copy)
    check_content(copy)
    assert (copy / "verified.json").read_bytes() == (site / "verified.json").read_bytes()


@pytest.mark.parametrize(
    ("language", "code", "line"),
    [
        ("json", '{"a": 1}', None),
        ("json", '{"a": 1,\n "b": }', 2),
        ("toml", "a = 1", None),
        ("toml", "a = 1\nb =", 2),
        ("yaml", "a: 1\n---\nb: !Ref c", None),
        ("yaml", "a: 1\n b: 2", 2),
        ("yml", "a: [1, 2", 1),
    ],
)
def test_data_samples_parse_whole_or_say_on_which_line_not(language: str, code: str, line: int | None) -> None:
    (sample,) = article("a", f"```{language}\n{code}\n```").body.samples
    problem = parse_sample(sample, "articles/a.md")
    # The fence stands on line 7, and the code below it.
    assert (problem.line - 7 if problem else None) == line


def test_a_fragment_may_ask_not_to_be_parsed() -> None:
    assert article("a", "```json noparse\n{…}\n```").body.samples == ()
