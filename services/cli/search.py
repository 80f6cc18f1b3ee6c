"""``perspective search``: the search service alone, as a container runs it."""

from __future__ import annotations

import os

import click

from services.cli.operating.preflight import check_for_search
from services.cli.options import (
    child_option,
    content_option,
    drafts_option,
    host_option,
    index_option,
    port_option,
    settings_from,
    start_logging,
    strict_option,
)
from services.search.run import run_search
from shared.process.child import exit_with_parent
from shared.process.loop import run_service


@click.command("search")
@content_option
@index_option
@host_option
@port_option("--port", "search_port", "the service")
@drafts_option
@strict_option
@child_option
def command(*, child: bool, **options: object) -> None:
    """Run the search service alone: it keeps the index up to date and answers JSON.

    It answers from an existing index at once, and updates it in the background. SIGTERM or Ctrl-C stops it.
    """
    if child:
        exit_with_parent()
    settings = settings_from(options, check_for_search)
    start_logging(settings, "search")
    run_service(lambda: run_search(settings, os.environ))
