"""The site's own content is what docs/authoring.md asks for."""

from __future__ import annotations

import time
from pathlib import Path

from services.check import check_content
from shared.content.folder.loader import load_now

CONTENT = Path(__file__).parent.parent.parent / "content"

#: What an article may ask of a reader: words of prose and tables, without code. Two are short on purpose.
WORDS = range(1_200, 2_501)
SHORT = {"dataops", "self-care"}

#: A check without running samples is for every save and every commit hook.
CHECK_S = 3.0


def test_the_content_has_no_error() -> None:
    started = time.process_time()
    problems = check_content(CONTENT)
    assert [str(problem) for problem in problems if problem.severity == "error"] == []
    assert time.process_time() - started < CHECK_S


def test_every_tag_is_used_twice_and_every_series_has_all_its_parts() -> None:
    library = load_now(CONTENT).require()
    assert [tag for tag, count in library.tag_counts.items() if count < 2] == []
    for series in library.series.values():
        parts = [article.series.part for article in series.articles if article.series]
        assert parts == list(range(1, len(parts) + 1)), series.name


def test_every_article_is_as_long_as_an_article_should_be() -> None:
    words = {
        article.slug: sum(
            len(block.text.split()) for section in article.sections for block in section.blocks if block.kind == "prose"
        )
        for article in load_now(CONTENT).require().articles
    }
    assert {slug: count for slug, count in words.items() if slug not in SHORT and count not in WORDS} == {}
    assert {slug for slug, count in words.items() if count < WORDS.start} == SHORT
