"""``perspective import``: the archive of another tool becomes a content folder of this site."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from services.cli.options import settings_from
from services.cli.output import echo
from services.importing import ImportRefused, Job, import_site
from services.importing.kinds import KINDS
from services.importing.report import terminal_lines

_NAMES = sorted(KINDS)


@click.command("import")
@click.argument("kind", type=click.Choice(["auto", *_NAMES]))
@click.argument("source", type=click.Path(path_type=Path))
@click.argument("target", metavar="[DIR]", required=False, type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only report what would be written.")
@click.option("--merge", is_flag=True, help="Write into a folder that has other articles.")
def command(kind: str, source: Path, target: Path | None, *, dry_run: bool, merge: bool) -> None:
    """Convert the site in the folder SOURCE to the content folder DIR, and report every conversion.

    KIND is the tool that made it; auto detects it. The source is only read, and nothing in it is executed. A later run
    updates what changed in the source and keeps what was edited in DIR.
    """
    target = target or Path(settings_from({}).content_dir)
    try:
        result = import_site(Job(kind, source, target, datetime.now(UTC), is_dry_run=dry_run, may_merge=merge))
    except ImportRefused as error:
        raise click.ClickException(str(error)) from error
    for line in terminal_lines(result):
        echo(line)
