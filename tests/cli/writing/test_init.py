"""``perspective init``: from nothing to a site."""

from __future__ import annotations

import io
import json
import sys
from datetime import date
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.cli.writing.starter import Answers, fill, read_starter, write_starter
from shared.content.parsing.parse import parse_article
from shared.content.parsing.site_config import SITE_FILE, parse_site
from tests.cli.conftest import Run

TODAY = date(2026, 6, 1)


class Terminal(io.StringIO):
    """A person who types lines."""

    def isatty(self) -> bool:
        return True


def test_new_site_has_no_problem_and_its_query_is_answered(run: Run) -> None:
    outcome = run("init", "notes", "--title", "Notes", "--author", "Ada")
    assert (outcome.status, outcome.errors) == (0, "")
    assert outcome.output.endswith("Start it with: cd notes && perspective serve\n")
    record = Path("notes/content/verified.json").read_bytes()
    assert run("check", "--content", "notes/content").output.endswith("No problems.\n")
    checked = run("check", "--run", "--content", "notes/content")
    assert checked.status == 0
    assert set(json.loads(record)) == set(json.loads(Path("notes/content/verified.json").read_bytes()))
    assert "success@1 1.000" in checked.output
    assert checked.output.endswith("No problems.\n")


@pytest.mark.parametrize(
    ("language", "labels"),
    [("de", ["Artikel", "Tags", "Archiv", "Über"]), ("pt-BR", ["Articles", "Tags", "Archive", "About"])],
)
def test_navigation_is_in_the_language_of_the_site(run: Run, language: str, labels: list[str]) -> None:
    result = run("init", "--language", language, "--yes")
    site = parse_site(Path("content/site.toml").read_text())
    assert [link.label for link in site.navigation] == labels
    assert ("no catalogue speaks 'pt-BR'" in result.errors) is (language == "pt-BR")


def test_site_in_another_language_says_that_its_first_article_is_english(run: Run) -> None:
    assert run("init", "--language", "de").status == 0
    assert "\nlanguage: en\n" in Path("content/articles/hello.md").read_text()
    assert run("check", "--run").output.endswith("No problems.\n")


def test_four_questions_are_asked_of_a_person(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal("My notes\n\nAda Writer\nfr\n"))
    outcome = run("init")
    assert outcome.status == 0
    assert outcome.output.count("?") == 4
    site = parse_site(Path("content/site.toml").read_text())
    assert (site.title, site.author, site.language) == ("My notes", "Ada Writer", "fr")


def test_options_are_not_asked_for(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal("Ada\n"))
    assert run("init", "--title", "T", "--tagline", "Words", "--language", "en").output.count("?") == 1


def test_folder_with_something_in_it_is_left_alone(run: Run) -> None:
    Path("content").mkdir()
    Path("content/notes.txt").write_text("mine")
    outcome = run("init")
    assert (outcome.status, outcome.output) == (1, "")
    assert "content is not empty" in outcome.errors
    assert [path.name for path in Path("content").iterdir()] == ["notes.txt"]


def test_own_gitignore_is_kept(run: Run) -> None:
    Path(".gitignore").write_text("mine\n")
    run("init")
    assert Path(".gitignore").read_text() == "mine\n"


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [("--language", "klingonish", "is not a language code"), ("--base-url", "example.org", "is not the address")],
)
def test_wrong_answer_is_named_and_nothing_is_written(run: Run, option: str, value: str, message: str) -> None:
    outcome = run("init", option, value)
    assert outcome.status == 2
    assert message in outcome.errors
    assert not list(Path().iterdir())


def test_write_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    files = {**fill(read_starter(), Answers(), TODAY), "bad\0name": ""}
    with pytest.raises(ValueError, match="null"):
        write_starter(tmp_path / "content", files)
    assert not list(tmp_path.iterdir())


@given(st.text(), st.text(), st.text())
@example('"', "\\", "`*_<b>[x](y){#a}")
@example("%AUTHOR_TEXT%", "---", "$x$")
@example("\x1b\r\x1b", "\x1b \x1b", "\x1b\n\x1b")
def test_any_words_give_a_site_that_says_them(title: str, tagline: str, author: str) -> None:
    files = fill(read_starter(), Answers(title, tagline, author), TODAY)
    site = parse_site(files[SITE_FILE])
    visible = "".join(one for one in author if one.isprintable() or one.isspace())
    assert site.author == " ".join(visible.split())
    parse_article("articles/hello.md", files["articles/hello.md"])
    parse_article("pages/about.md", files["pages/about.md"])


def test_serve_without_a_site_says_how_to_get_one(run: Run) -> None:
    outcome = run("serve")
    assert (outcome.status, outcome.output) == (1, "")
    assert outcome.errors == "perspective: content: there is no site here; write one with: perspective init\n"
    assert "perspective init elsewhere" in run("serve", "--content", "elsewhere/content").errors


def test_a_new_article_has_the_name_that_its_author_chose(run: Run) -> None:
    outcome = run("new", "キュー", "--content", "content")
    assert (outcome.status, "--slug my-article" in outcome.errors) == (2, True)
    assert run("new", "キュー", "--slug", "Queue", "--content", "content").status == 2
    assert run("new", "キュー", "--slug", "queue", "--content", "content").output == "content/articles/queue.md\n"
    assert "title: キュー\n" in Path("content/articles/queue.md").read_text()
