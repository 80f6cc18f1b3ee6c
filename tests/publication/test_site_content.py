"""The site's own content is what docs/authoring.md asks for."""

from __future__ import annotations

import re
import time
import tomllib
from pathlib import Path

from services.check import check_content
from shared.content.folder.loader import load_now

CONTENT = Path(__file__).parent.parent.parent / "content"

#: What an article may ask of a reader: words of prose and tables, without code. Subjects differ, so lengths do.
WORDS = range(900, 3_401)
#: How much longer the longest article is than the shortest, at least: lengths follow the subjects.
SPREAD = 2.0

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


def test_every_article_is_as_long_as_its_subject_needs() -> None:
    words = {
        article.slug: sum(
            len(block.text.split())
            for section in article.body.sections
            for block in section.blocks
            if block.kind == "prose"
        )
        for article in load_now(CONTENT).require().articles
    }
    assert {slug: count for slug, count in words.items() if count not in WORDS} == {}
    assert max(words.values()) >= SPREAD * min(words.values())


def test_a_link_to_a_later_article_is_an_update() -> None:
    articles = load_now(CONTENT).require().articles
    published = {article.url: article.published for article in articles if article.published}
    assert len(published) == len(articles)
    for article in articles:
        seen = article.updated or published[article.url]
        later = [url for url, day in published.items() if f'href="{url}' in article.body.html and day > seen]
        assert later == [], article.slug


def test_articles_end_with_their_references() -> None:
    for article in load_now(CONTENT).require().articles:
        assert "references" in article.body.sections[-1].heading.lower(), article.slug


def test_the_corrections_page_lists_every_correction() -> None:
    articles = load_now(CONTENT).require().articles
    page = (CONTENT / "pages" / "corrections.md").read_text("utf-8")
    for article in articles:
        source = (CONTENT / "articles" / article.slug / "index.md").read_text("utf-8")
        _, _, section = source.partition("## What I got wrong {#corrections}")
        made = re.findall(r"^- \*\*(\d{1,2} \w+ \d{4})\.\*\* ", section.partition("\n## ")[0], re.MULTILINE)
        assert page.count(f"](/articles/{article.slug}/#corrections)") == len(made), article.slug
        assert not made or article.updated, article.slug
        assert all(day in page for day in made), article.slug


def test_the_glossary_has_every_group_of_equal_terms_in_all_its_spellings() -> None:
    groups = tomllib.loads((CONTENT / "synonyms.toml").read_text("utf-8"))["groups"]
    lines = set((CONTENT / "pages" / "glossary.md").read_text("utf-8").splitlines())
    entries = [
        f"{lead} ({', '.join(others)})" if others else lead for lead, *others in (group["terms"] for group in groups)
    ]
    assert [entry for entry in entries if entry not in lines] == []
    in_brackets = {line for line in lines if line.endswith(")") and " (" in line and not line.startswith((":", "-"))}
    assert in_brackets <= set(entries)


def test_the_cards_show_what_their_articles_show() -> None:
    def block(path: str, opening: str) -> str:
        return (CONTENT / path).read_text("utf-8").partition(opening)[2].partition("\n```")[0]

    article = block("articles/postgresql-internals/index.md", '```sql title="who holds the vacuum horizon?"\n')
    assert article
    assert block("pages/card-vacuum-horizon.md", "```sql\n") == article
    status = re.compile(r"^\| `([A-Z_]+)`[^|]*\| (\d{3})", re.MULTILINE)
    card = dict(status.findall((CONTENT / "pages" / "card-grpc-status.md").read_text("utf-8")))
    shown = dict(status.findall((CONTENT / "articles" / "rest-or-grpc" / "index.md").read_text("utf-8")))
    assert shown
    assert {name: card.get(name) for name in shown} == shown
