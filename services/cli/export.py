"""``perspective export``: the articles for other tools."""

from __future__ import annotations

from pathlib import Path

import click

from services.cli.options import content_option, settings_from
from services.exporting import ExportRefused, export_markdown


@click.command("export")
@click.argument("target", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--markdown", is_flag=True, required=True, help="Plain CommonMark with YAML front matter, and the pictures."
)
@content_option
def command(target: Path, *, markdown: bool, **options: object) -> None:  # noqa: ARG001 - the only form there is
    """Write the articles to the new folder DIR in a form that other tools read."""
    settings = settings_from(options)
    try:
        articles, files = export_markdown(Path(settings.content_dir), target)
    except ExportRefused as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{articles:,} articles and pages, {files:,} files beside them: {target}")
