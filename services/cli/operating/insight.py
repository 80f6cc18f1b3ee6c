"""``perspective insight``: what visitors search for, from the running site or from the file of counts."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, datetime

import aiohttp
import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from services.cli.operating.judging import RELEVANCE_FILE, judge, parse_answers
from services.cli.options import content_option, exclude_each_other, settings_from, start_logging
from services.cli.output import echo
from services.render.insight.ledger import Ledger
from services.render.insight.page import PATH, facts, found_text, notes
from services.render.insight.report import MalformedReport, Report, Row, parse_json, report_of, to_csv, to_json
from services.render.insight.store import Store, StoreError
from services.render.insight.token import read_token
from services.render.searching.fallback import near_titles
from shared.content.folder.loader import load_now
from shared.text.counted import counted
from shared.text.visible import visible
from shared.web.settings import Settings, local_address

TIMEOUT_S = 10.0
MAX_ANSWER_BYTES = 16 << 20
#: Rows of a table.
ROWS = 20


@click.command("insight")
@click.option("--csv", "as_csv", is_flag=True, help="Print every query as CSV.")
@click.option("--json", "as_json", is_flag=True, help="Print the whole report as JSON.")
@click.option("--limit", type=click.IntRange(1, 1000), help=f"Rows of each table (by default {ROWS}).")
@click.option("--judge", "judged", metavar="ROW", help="Append the query of this row to relevance.toml.")
@click.option(
    "--answer",
    "answers",
    metavar="SLUG[#SECTION][=GRADE]",
    multiple=True,
    help="With --judge: an article that should answer it; 3 is the answer, 1 touches on it. May be repeated.",
)
@click.option("--url", metavar="URL", help="The address of the site (by default this machine).")
@content_option
def command(
    *,
    as_csv: bool,
    as_json: bool,
    limit: int | None,
    judged: str | None,
    answers: tuple[str, ...],
    url: str | None,
    **options: object,
) -> None:
    """Show what visitors search for: the queries without an answer, the top queries, search times, and the index.

    It asks the running site, with the token in PERSPECTIVE_INSIGHT_TOKEN_FILE. While no site runs, it reads
    PERSPECTIVE_INSIGHT_FILE.
    """
    exclude_each_other({"--csv": as_csv, "--json": as_json, "--limit": bool(limit), "--judge": judged is not None})
    if answers and judged is None:
        raise click.UsageError("--answer goes with --judge ROW")
    settings = settings_from(options)
    start_logging(settings, "insight")
    report, is_live = load_report(settings, url)
    if judged is not None:
        _judge(settings, find_row(report, judged), answers)
    elif as_csv:
        click.echo(to_csv(report.rows), nl=False)
    elif as_json:
        echo(to_json(report).decode())
    else:
        show(report, Console(highlight=False), limit or ROWS, is_live=is_live)


def load_report(settings: Settings, url: str | None) -> tuple[Report, bool]:
    """The report of the running site or, without one, of the file; and whether it is the site's."""
    file = settings.insight_file
    has_file = file is not None and file.is_file()
    if settings.insight_token_file is None:
        if url or not has_file:
            raise click.ClickException(
                "PERSPECTIVE_INSIGHT_TOKEN_FILE is not set. Write a token (openssl rand -hex 32 > insight.token), name "
                "its file in that setting for the site and for this command, and restart the site: queries are "
                "counted from then on"
            )
        return _from_file(settings), False
    try:
        token = read_token(settings.insight_token_file).decode("ascii")
        return asyncio.run(_ask(url or _address(settings), token)), True
    except _NoSite as error:
        if url or not has_file:
            raise click.ClickException(f"{error}: start it with: perspective serve, or name it with --url") from error
        echo(f"perspective: {error}: these are the counts in {file}", is_error=True)
        return _from_file(settings), False


class _NoSite(Exception):
    """No site answers at the address."""


def _address(settings: Settings) -> str:
    if settings.render_management_port is not None:
        return local_address(settings.management_host, settings.render_management_port)
    return local_address(settings.host, settings.render_port)


async def _ask(url: str, token: str) -> Report:
    """The report of the site at ``url``. Raises _NoSite, and ClickException for an invalid answer."""
    address = f"{url.rstrip('/')}{PATH}.json"
    headers = {"Authorization": f"Bearer {token}"}
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT_S)) as session,
            session.get(address, headers=headers, allow_redirects=False) as response,
        ):
            body = await response.content.read(MAX_ANSWER_BYTES)
            status = response.status
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        raise _NoSite(f"no site answers at {url}") from error
    if status == 401:
        raise click.ClickException(f"{url} refuses the token: the site was started with another one")
    if status == 404:
        raise click.ClickException(f"{url} counts no queries: start the site with PERSPECTIVE_INSIGHT_TOKEN_FILE set")
    if status != 200:
        raise click.ClickException(f"{address} answered {status}")
    try:
        return parse_json(body)
    except MalformedReport as error:
        raise click.ClickException(f"{address}: {error}") from error


def _from_file(settings: Settings) -> Report:
    """The report of the file alone. Raises ClickException."""
    now = datetime.now(UTC)
    ledger = Ledger(
        least_visitors=settings.insight_min_visitors,
        days=settings.insight_days,
        today=now.date,
        clock=time.monotonic,
    )
    assert settings.insight_file is not None  # noqa: S101 - load_report looked
    try:
        ledger.add_saved(Store(settings.insight_file).load(ledger.first_kept))
    except StoreError as error:
        raise click.ClickException(str(error)) from error
    return report_of(ledger, made=now)


def find_row(report: Report, wanted: str) -> Row:
    """The row with the number or the query ``wanted``. Raises ClickException."""
    for row in report.rows:
        if wanted in (str(row.number), row.query) or wanted.casefold() == row.query:
            return row
    raise click.ClickException(
        f"there is no row {wanted!r}: there are {len(report.rows)} queries (perspective insight)"
    )


def _judge(settings: Settings, row: Row, given: Sequence[str]) -> None:
    answers = parse_answers(given)
    library = load_now(settings.content_dir).require()
    view = library.visible(datetime.now(UTC))
    if not answers:
        near = " ".join(link.url.strip("/").rpartition("/")[2] for link in near_titles(view, row.query))
        hint = f"; similar titles: {near}" if near else ""
        raise click.ClickException(
            f"{row.query!r}: name the article that should answer it, as in --judge {row.number} --answer SLUG. Where "
            f"there is none yet, write it first{hint}"
        )
    path = settings.content_dir / RELEVANCE_FILE
    line = judge(path, row.query, answers, view.articles)
    echo(f"{path}:{line}: {row.query!r} is judged. `perspective check` reports it until its first hit answers.")


def show(report: Report, console: Console, limit: int, *, is_live: bool) -> None:
    """Write the report for a person. ``is_live`` says that it comes from a running site."""
    if is_live:
        for name, value in facts(report):
            console.print(Text.assemble((f"{name:18}", "dim"), visible(value)))
        for problem in report.problems:
            console.print(Text(visible(f"  {problem}")))
    for note in notes(report):
        console.print(Text(visible(note), "yellow"))
    console.print()
    _show_table("Writing list: no article has all of the words", report.to_write, limit, console)
    _show_table("Top queries", report.rows, limit, console)
    least = counted(report.least_visitors, "visitor")
    console.print(
        f"Since {report.first_day}. Listed: queries that at least {least} typed on one day.",
        style="dim",
    )


def _show_table(title: str, rows: Sequence[Row], limit: int, console: Console) -> None:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for heading, is_number in (
        ("No.", True), ("Query", False), ("Visitors", True), ("Last search found", False), ("Opened", True),
        ("Mean rank", True),
    ):  # fmt: skip
        table.add_column(heading, justify="right" if is_number else "left", overflow="fold")
    for row in rows[:limit]:
        rank = "" if row.mean_rank is None else f"{row.mean_rank:.1f}"
        query, found = Text(visible(row.query)), Text(visible(found_text(row)))
        table.add_row(str(row.number), query, str(row.visitors), found, str(row.opened), rank)
    console.print(table if rows else Text.assemble((title, "bold"), "\nnone"))
    if len(rows) > limit:
        console.print(f"{len(rows) - limit} more: --limit, --csv", style="dim")
    console.print()
