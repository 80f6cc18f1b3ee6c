"""The whole check of a content directory, from loading it to running its samples."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time
from pathlib import Path

from services.check.links import check_links
from services.check.parsing import parse_sample
from services.check.published import check_published, read_published
from services.check.record import check_record, record_runs
from services.check.running import run_samples
from shared.content.article import Article
from shared.content.folder.loader import load_now
from shared.content.library import Library
from shared.content.library_rules import problem_at
from shared.content.problem import InvalidContent, Problem


def check_content(content_dir: Path, *, run: bool = False, today: date | None = None) -> list[Problem]:
    """Return all problems of ``content_dir``, warnings too, by path and line; empty when it is clean.

    Drafts are checked too. With ``run`` the runnable samples are run (a few seconds each at most), and those whose
    output matches the article are recorded, with the date ``today``, in ``verified.json`` beside the articles.
    """
    result = load_now(content_dir, drafts=True)
    if result.library is None:
        return list(result.problems)
    library = with_bodies(result.library)
    found = [*check_links(library), *check_tags(library), *_parse_samples(library)]
    if run:
        outcomes = run_samples(library)
        record_runs(result.snapshot.verified, outcomes, today or datetime.now(UTC).date(), content_dir)
        found += (outcome.problem for outcome in outcomes if outcome.problem)
    else:
        found += check_record(library, result.snapshot.verified)
    found += (problem for one in (*library.articles, *library.pages) for problem in one.body.problems)
    try:
        now = datetime.now(UTC) if today is None else datetime.combine(today, time.max, UTC)
        found += check_published(replace(library, shows_drafts=False).visible(now), read_published(content_dir))
    except InvalidContent as error:
        found += error.problems
    known = (*result.problems, *result.library.problems)
    return sorted({*known, *(problem.under(content_dir) for problem in found)})


def with_bodies(library: Library) -> Library:
    """``library`` with every body parsed, once for all checks."""

    def parsed(articles: tuple[Article, ...]) -> tuple[Article, ...]:
        return tuple(replace(one, text=replace(one.body, sections=())) for one in articles)

    return replace(library, articles=parsed(library.articles), pages=parsed(library.pages))


def check_tags(library: Library) -> Iterator[Problem]:
    """A tag used once links to nothing else. On a site with one article, no tag can be shared."""
    for tag, articles in library.by_tag.items() if len(library.articles) > 1 else ():
        if len(articles) == 1:
            message = f"the tag {tag!r} is used by this article alone: use it twice, or not at all"
            problem = problem_at(articles[0], "tags", message)
            yield Problem(problem.path, problem.line, problem.message, "warning")


def _parse_samples(library: Library) -> Iterator[Problem]:
    for article in (*library.articles, *library.pages):
        for sample in article.body.samples:
            problem = None if sample.is_runnable else parse_sample(sample, article.source)
            if problem:
                yield problem
