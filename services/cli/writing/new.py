"""``perspective new``: write a new draft."""

from __future__ import annotations

from pathlib import Path

import click
import yaml

from services.cli.options import content_option, settings_from
from services.cli.output import echo
from shared.content.slug import is_slug, slugify

HINTS = """\
# To publish it, fill these in and remove "draft".
# summary: What a reader finds here, in one sentence.
# published: 2026-01-31
# tags: [messaging, databases]
"""
BODY = """\

What the reader has when they are done, in two sentences.

## The first heading

"""


@click.command("new")
@click.argument("title")
@click.option("--slug", metavar="SLUG", help="The name of its file and address; made from TITLE if absent.")
@content_option
def command(title: str, slug: str | None, **options: object) -> None:
    """Write a new draft named TITLE to the folder of articles, and print its path."""
    settings = settings_from(options)
    title = " ".join(title.split())
    if not title:
        raise click.UsageError("the title is empty")
    if slug is not None and not is_slug(slug):
        raise click.UsageError(f"--slug {slug}: write lower-case letters, digits and single hyphens, as in my-article")
    slug = slug or slugify(title)
    if not slug:
        raise click.UsageError(f'no address can be made from the title "{title}": name one, as in --slug my-article')
    articles = settings.content_dir / "articles"
    path = articles / f"{slug}.md"
    if (articles / slug).exists():
        raise click.ClickException(f"{articles / slug} exists: choose another title, or edit that article")
    write_new(path, draft(title))
    echo(str(path))


def draft(title: str) -> str:
    """The text of a new article: front matter of a draft, and a first line."""
    line = yaml.safe_dump({"title": title}, allow_unicode=True, width=len(title) * 4 + 100)
    return f"---\n{line}{HINTS}draft: true\n---\n{BODY}"


def write_new(path: Path, text: str) -> None:
    """Write ``text`` to ``path``, which must not exist."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise click.ClickException(f"{path} exists: choose another title, or edit that article") from error
