"""``perspective export``: the site as files for any host, or its articles for other tools."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path

import click
from yarl import URL

from services.cli.options import content_option, settings_from, start_logging, strict_option
from services.cli.output import echo
from services.exporting import ExportRefused, export_markdown

#: Old addresses to name in the summary; the rest are counted.
_NAMED = 5


@click.command("export")
@click.argument("target", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--markdown", is_flag=True, help="Write only the articles: plain CommonMark with YAML front matter, and pictures."
)
@click.option("--compress", is_flag=True, help="Also write each text file as .gz and .br, for servers that send these.")
@click.option("--base-url", metavar="URL", help="The public address, instead of the one in site.toml.")
@content_option
@strict_option
def command(target: Path, *, markdown: bool, compress: bool, **options: object) -> None:
    """Write the whole site to DIR as files that any host can serve, with search that runs in the browser.

    A later export to the same DIR changes only what differs, and removes only what an export wrote. Drafts are never
    written. Exit codes: 0 done, 1 nothing was published, 2 wrong arguments.
    """
    if markdown:
        if compress or options["base_url"] or options["strict"]:
            raise click.UsageError("--markdown writes sources: --compress, --base-url and --strict are for the site")
        _markdown(target, options)
    else:
        _site(target, options, is_compressed=compress)


def _markdown(target: Path, options: dict[str, object]) -> None:
    settings = settings_from(options)
    try:
        articles, files = export_markdown(Path(settings.content_dir), target)
    except ExportRefused as error:
        raise click.ClickException(str(error)) from error
    echo(f"{articles:,} articles and pages, {files:,} files beside them: {target}")


def _site(target: Path, options: dict[str, object], *, is_compressed: bool) -> None:
    # Pages and index need their extras; the export of sources needs neither.
    from services.exporting.static import StaticExport, export_site  # noqa: PLC0415

    settings = settings_from(options)
    start_logging(settings, "export")
    started = time.monotonic()
    try:
        report = export_site(StaticExport(target, settings, is_compressed=is_compressed, steps=_step))
    except ExportRefused as error:
        raise click.ClickException(str(error)) from error
    for problem in report.problems:
        echo(f"left out: {problem}", fg="yellow", is_error=True)
    if _is_local(report.base_url):
        note = f"feeds and links name {report.base_url}: set base_url in site.toml, or give --base-url"
        echo(note, fg="yellow", is_error=True)
    if report.unled:
        names = ", ".join(report.unled[:_NAMED]) + (" …" if len(report.unled) > _NAMED else "")
        note = f"{len(report.unled):,} old addresses need a redirect rule on the server: {names}"
        echo(note, fg="yellow", is_error=True)
    changes = report.changes
    echo(
        f"{report.pages:,} pages, {report.files:,} files for {report.base_url}: {target} "
        f"({changes.written:,} written, {changes.removed:,} removed, {changes.unchanged:,} unchanged, "
        f"{time.monotonic() - started:.1f} s)"
    )


def _is_local(base_url: str) -> bool:
    host = URL(base_url).host or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@contextmanager
def _step(what: str) -> Iterator[Callable[[int, int], None] | None]:
    """A progress bar on a terminal, nothing elsewhere."""
    from services.cli.index import progress_bar  # noqa: PLC0415 - needs what search needs

    with progress_bar(what) as progress:
        yield progress
