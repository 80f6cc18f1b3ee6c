"""``perspective publish``: give a draft a date, and update the record of published pages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, tzinfo
from pathlib import Path

import click

from services.check.published import record_published
from services.cli.options import content_option, settings_from
from services.cli.output import echo
from shared.content.article import Article
from shared.content.folder.loader import load_now
from shared.content.library import Library
from shared.content.problem import Problem
from shared.content.slug import author_url, slugify, source_name, tag_url
from shared.process.durable import replace_file
from shared.text.nearest import nearest

#: An existing date of publication in front matter, in YAML or TOML.
_PUBLISHED = re.compile(r"(?:published|date)\s*[:=]")
_DRAFT = re.compile(r"draft\s*[:=]")


@click.command("publish")
@click.argument("slug", required=False)
@click.option(
    "--date",
    "day",
    callback=lambda _context, _option, value: _day(value),
    help="The day of publication (by default today, in the site's zone).",
)
@content_option
def command(slug: str | None, *, day: date | None, **options: object) -> None:
    """Publish the draft SLUG: set its date, check it, and print where it appears.

    Without SLUG it only records what is published now. Commit the record, published.json in the content folder:
    with it, `perspective check` reports published pages and headings that are gone.
    """
    if day is not None and slug is None:
        raise click.UsageError("--date goes with SLUG")
    content_dir = settings_from(options).content_dir
    now = datetime.now(UTC)
    if slug is not None:
        article, zone = _find(content_dir, slug)
        today = now.astimezone(zone).date()
        publish(content_dir, article, day or today, is_chosen=day is not None)
    library, _ = _load(content_dir, drafts=False)
    if slug is not None:
        for line in appearance(library, slug, now):
            echo(line)
    view = library.visible(now)
    new = record_published(content_dir, (*view.articles, *view.pages))
    echo(f"published.json: {new} new, {len(view.articles) + len(view.pages)} pages. Commit it with the article.")


def publish(content_dir: Path, article: Article, today: date, *, is_chosen: bool) -> None:
    """Write the date into the article's front matter and remove ``draft``.

    The file stays unchanged if the result would be invalid.
    """
    path = content_dir / article.source
    before = path.read_bytes()
    replace_file(path, published_text(before.decode("utf-8"), today, is_chosen=is_chosen).encode("utf-8"))
    result = load_now(content_dir, drafts=False)
    own = [problem for problem in result.problems if problem.path.endswith(article.source)]
    if own:
        replace_file(path, before)
        raise click.ClickException("; ".join(str(problem) for problem in own))


def published_text(text: str, day: date, *, is_chosen: bool = False) -> str:
    """Set the date of ``text`` to ``day`` and remove ``draft``.

    An existing date stays, unless ``is_chosen``.
    """
    newline = "\r\n" if "\r\n" in text else "\n"
    lines = text.split(newline)
    fence = lines[0].removeprefix("\ufeff").rstrip()
    end = next(at for at, line in enumerate(lines[1:], 1) if line.rstrip() == fence)
    # Keys of the top-level table: a nested key is indented in YAML, and below a header in TOML.
    head = next((at for at, line in enumerate(lines[1:end], 1) if line.startswith("[")), end) if fence == "+++" else end
    is_dated = any(_PUBLISHED.match(line) for line in lines[1:head])
    entry = f"published = {day}" if fence == "+++" else f"published: {day}"
    kept = [
        line
        for line in lines[1:head]
        if not _DRAFT.match(line) and not (is_chosen and is_dated and _PUBLISHED.match(line))
    ]
    if is_chosen or not is_dated:
        kept.append(entry)
    return newline.join([lines[0], *kept, *lines[head:]])


def appearance(library: Library, slug: str, now: datetime) -> list[str]:
    """Where readers find the article, and from when on."""
    article = next(one for one in library.articles if one.slug == slug)
    when = article.published
    start = "now" if when is None or when <= now else f"on {when:%Y-%m-%d %H:%M %Z}"
    places = ["the listing", "the archive", "the feeds", "the sitemap", "the search"]
    places += [tag_url(tag) for tag in article.tags]
    places += [author_url(name) for name in article.authors]
    if article.series:
        places.append(f"/series/{article.series.slug}/ as part {article.series.part}")
    return [f"{library.site.base_url}{article.url} appears {start}", f"  and in {', '.join(places)}"]


def _day(value: str | None) -> date | None:
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        raise click.BadParameter(f"{value!r} is not a day of the calendar, as in 2026-06-01") from None


def own_problems(problems: Iterable[Problem], slug: str) -> str:
    """What keeps the file whose name gives ``slug`` from being read, in one line; "" without such a file."""
    return "; ".join(str(one) for one in problems if slugify(source_name(one.path)) == slug)


def _find(content_dir: Path, slug: str) -> tuple[Article, tzinfo]:
    """The draft, and the time zone of its site. Raises ClickException with the most similar slug."""
    library, problems = _load(content_dir, drafts=True)
    found = next((one for one in library.articles if one.slug == slug), None)
    if found is None:
        if unread := own_problems(problems, slug):
            raise click.ClickException(unread)
        guess = nearest(slug, [one.slug for one in library.articles])
        raise click.ClickException(f"there is no article {slug!r}{f': did you mean {guess!r}?' if guess else ''}")
    if not found.is_draft:
        raise click.ClickException(f"{found.source} is not a draft: it is published already, or has a date ahead")
    return found, library.site.rules.zone


def _load(content_dir: Path, *, drafts: bool) -> tuple[Library, Sequence[Problem]]:
    result = load_now(content_dir, drafts=drafts)
    if result.library is None:
        raise click.ClickException("; ".join(str(problem) for problem in result.problems))
    return result.library, result.problems
