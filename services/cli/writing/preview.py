"""``perspective preview``: a link to a draft, for its first readers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import click

from services.cli.options import content_option, settings_from
from services.cli.output import echo
from services.cli.writing.publish import own_problems
from services.render.previews import PREFIX, find_hidden, make_secret, sign
from shared.content.folder.loader import load_now


@click.command("preview")
@click.argument("slug")
@click.option(
    "--hours", type=click.IntRange(1, 24 * 365), default=48, show_default=True, help="Hours until the link expires."
)
@content_option
def command(slug: str, *, hours: int, **options: object) -> None:
    """Print a link that opens the draft SLUG, and nothing else, for some hours.

    It works on the site with the same PERSPECTIVE_CACHE_DIR. Delete preview.secret there to end every link.
    """
    settings = settings_from(options)
    now = datetime.now(UTC)
    result = load_now(settings.content_dir, drafts=True)
    library = result.library
    if library is None or find_hidden(library, slug, now) is None:
        if unread := own_problems(result.problems, slug):
            raise click.ClickException(unread)
        raise click.ClickException(
            f"there is no draft {slug!r}: only an article that is not published yet has a preview"
        )
    until = now + timedelta(hours=hours)
    token = sign(make_secret(settings.cache_dir), slug, until)
    echo(f"{settings.base_url or library.site.base_url}{PREFIX}{token}/")
    echo(f"The link expires at {until:%Y-%m-%d %H:%M} UTC.", is_error=True)
