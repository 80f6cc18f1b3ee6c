"""A body is parsed on first access, and is always of the version of its article."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest

from shared.content.article import Article, Body
from shared.content.folder import bodies
from shared.content.folder.loader import LoadResult, load_now
from shared.content.parsing.parse import parse_article, parse_text
from shared.content.problem import StaleBody
from tests.content.articles import source

TEXT = "Lead with `code`.\n\n### Too deep {#here}\n\n[a](https://example.org)\n\n```python run\n1\n```"


@pytest.fixture
def content(tmp_path: Path) -> Path:
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles" / "a.md").write_text(source(TEXT))
    return tmp_path


def loaded(content: Path, before: LoadResult | None = None) -> tuple[LoadResult, Article]:
    result = load_now(content, before)
    return result, result.require().by_slug["a"]


def test_a_load_parses_no_body(content: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def spy(source: str, *args: Any, **options: Any) -> Body:
        asked.append(source)
        return parse_text(source, *args, **options)

    monkeypatch.setattr(bodies, "parse_text", spy)
    _, article = loaded(content)
    assert (article.title, article.word_count > 0, asked) == ("T", True, [])
    assert (article.body.html, article.body.sections) != ("", ())
    assert asked == ["articles/a.md"]


def test_a_body_parsed_later_equals_one_parsed_at_once(content: Path) -> None:
    _, article = loaded(content)
    assert article.body == parse_article("articles/a.md", source(TEXT)).body
    assert article.digest == parse_article("articles/a.md", source(TEXT)).digest


def test_a_body_is_never_of_another_version_than_its_article(content: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "LOADED_BYTES", 0)
    before, article = loaded(content)
    (content / "articles" / "a.md").write_text(source("Another text."))
    with pytest.raises(StaleBody, match=r"articles/a\.md changed"):
        _ = article.body
    _, now = loaded(content, before)
    assert "Another text." in now.body.html
    (content / "articles" / "a.md").unlink()
    assert "Another text." in now.body.html  # it was asked for a moment ago


@pytest.mark.parametrize("is_large", [False, True])
def test_a_verified_text_outlives_its_file(content: Path, monkeypatch: pytest.MonkeyPatch, is_large: bool) -> None:
    monkeypatch.setattr(bodies, "LOADED_BYTES", 0 if is_large else 1000)
    result, article = loaded(content)
    if is_large:
        result.require().verify()
    (content / "articles" / "a.md").write_text("broken")
    assert load_now(content, result).problems
    assert article.body == parse_article("articles/a.md", source(TEXT)).body


def test_problems_of_a_body_are_known_once_it_was_parsed(content: Path) -> None:
    library = loaded(content)[0].require()
    assert [one.message for one in library.problems if "skips" in one.message] == []
    library.verify()
    assert [one.line for one in library.problems if "skips" in one.message] == [9]


def test_replaced_versions_are_dropped_from_the_cache(content: Path) -> None:
    before, article = loaded(content)
    before.require().verify()
    (content / "articles" / "a.md").write_text(source("Another text."))
    loaded(content, before)
    with pytest.raises(StaleBody):
        _ = article.body


def test_another_process_works_out_the_same_body(content: Path) -> None:
    _, article = loaded(content)
    sent = pickle.loads(pickle.dumps(article))  # noqa: S301 - our own bytes
    assert sent == article
    assert sent.body == article.body
    assert len(pickle.dumps(article)) < 2_000


def test_only_the_bodies_used_last_are_kept(content: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "KEPT_BODIES", 1)
    (content / "articles" / "b.md").write_text(source("B"))
    library = load_now(content).require()
    first, second = (library.by_slug[slug].body for slug in "ab")
    assert library.by_slug["b"].body is second
    assert library.by_slug["a"].body is not first


def test_a_draft_without_title_and_summary_says_what_its_text_begins_with(content: Path) -> None:
    (content / "articles" / "b.md").write_text("---\ndraft: true\n---\n\nFirst words.\n\n## A heading\n")
    draft = load_now(content).require().by_slug["b"]
    assert (draft.title, draft.summary) == ("A heading", "First words.")
