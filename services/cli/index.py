"""``perspective index``: bring the index up to date, then exit."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from services.cli.options import (
    content_option,
    drafts_option,
    engine_option,
    index_option,
    settings_from,
    start_logging,
    strict_option,
)
from services.cli.output import echo
from services.search.engine import SearchError
from services.search.indexing.content_source import searchable_articles
from services.search.opening import open_store
from services.search.second_stage import embed_now
from shared.content.folder.heads import HeadStore
from shared.content.folder.loader import load_now
from shared.content.folder.site_links import site_links


@click.command("index")
@content_option
@index_option
@engine_option
@drafts_option
@strict_option
def command(**options: object) -> None:
    """Update the search index from the content, and print what changed."""
    settings = settings_from(options)
    start_logging(settings, "index")
    heads = HeadStore(settings.cache_dir, settings.content_dir)
    loaded = load_now(settings.content_dir, drafts=settings.drafts, wants_html=False, heads=heads)
    heads.keep(loaded.snapshot)
    library = loaded.require(is_strict=settings.strict)
    for problem in loaded.problems:
        echo(f"left out: {problem}", fg="yellow", is_error=True)
    articles = searchable_articles(
        library, datetime.now(UTC), site_links(settings.content_dir, settings.cache_dir, settings.base_url)
    )
    store = open_store(settings)
    try:
        with progress_bar() as progress:
            report = store.sync(articles, progress)
    except SearchError as error:
        raise click.ClickException(str(error)) from error
    finally:
        asyncio.run(store.close())
    done = (
        f"{report.added} added, {report.changed} changed, {report.removed} removed" if report.is_change else "no change"
    )
    echo(f"{len(articles)} articles: {done} in {report.seconds:.2f} s (generation {report.generation})")
    with progress_bar("computing vectors") as progress:
        state = embed_now(settings, articles, library.site.language, progress)
    echo(f"meaning: {state.detail}")


@contextmanager
def progress_bar(what: str = "indexing") -> Iterator[Callable[[int, int], None] | None]:
    """A progress bar on a terminal, nothing elsewhere."""
    if not sys.stderr.isatty():
        yield None
        return
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
