"""``perspective init``: write a small complete site."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path

import click

from services.cli.output import echo
from services.cli.writing.starter import Answers, fill, read_starter, write_starter
from shared.content.problem import InvalidContent
from shared.text.messages import Translate, message

#: The questions in order: the field of Answers and the text.
QUESTIONS = (
    ("title", "What is the site called?"),
    ("tagline", "What is it about, in one line?"),
    ("author", "Who writes it?"),
    ("language", "In which language (en, de, es, fr, ja, tr or another tag)?"),
)


@click.command("init")
@click.argument("directory", metavar="[DIR]", default=".", type=click.Path(file_okay=False, path_type=Path))
@click.option("--title", metavar="TEXT", help="The title of the site.")
@click.option("--tagline", metavar="TEXT", help="The subject of the site, in one line.")
@click.option("--author", metavar="NAME", help="The name of the author.")
@click.option("--language", metavar="TAG", help="The language of the site: en, de, pt-BR.")
@click.option("--base-url", metavar="URL", help="The public address, as in https://example.org/blog.")
@click.option("--yes", is_flag=True, help="Ask nothing: use the defaults for missing options.")
def command(directory: Path, *, yes: bool, **given: str | None) -> None:
    """Write a small complete site to DIR/content (by default here), and print how to start it.

    Asks four questions, except those answered by an option; without a terminal it asks none.
    """
    content_dir = directory / "content"
    start_site(content_dir, given, is_asking=not yes and sys.stdin.isatty())
    enter = "" if directory.resolve() == Path.cwd().resolve() else f"cd {directory} && "
    echo(f"Your site is in {content_dir}. Start it with: {enter}perspective serve")


def start_site(content_dir: Path, given: dict[str, str | None], *, is_asking: bool) -> None:
    """Ask for what ``given`` lacks, and write the starter to ``content_dir``."""
    if content_dir.is_dir() and any(content_dir.iterdir()):
        raise click.ClickException(f"{content_dir} is not empty: choose another folder, or move its files away")
    answers = ask(given, is_asking=is_asking)
    try:
        translate, advice = translation(answers.language.strip())
        files = fill(read_starter(), answers, datetime.now(UTC).date(), translate)
    except InvalidContent as error:
        raise click.UsageError("; ".join(problem.message for problem in error.problems)) from error
    try:
        write_starter(content_dir, files)
    except FileExistsError as error:
        raise click.ClickException(f"{content_dir} exists: choose another folder") from error
    if advice:
        echo(advice, is_error=True)


def translation(language: str) -> tuple[Translate, str]:
    """A function that translates our messages to ``language``, and advice for a language without a catalogue.

    English where render is not installed.
    """
    if importlib.util.find_spec("babel") is None:
        return message, ""
    from services.render.languages.choice import Catalogues  # noqa: PLC0415 - needs the render extra

    catalogues = Catalogues()
    known = ", ".join(catalogues.names())
    advice = f"The interface is in English: no catalogue speaks {language!r} (there are {known})."
    return catalogues.interface(language).gettext, "" if catalogues.supports(language) else advice


def ask(given: dict[str, str | None], *, is_asking: bool) -> Answers:
    """The answers: those in ``given``, then those of a person, then the defaults."""
    known = {one.name for one in fields(Answers)}
    answers = replace(
        Answers(), **{name: value for name, value in given.items() if value is not None and name in known}
    )
    for name, question in QUESTIONS if is_asking else ():
        if given.get(name) is None:
            answer = click.prompt(question, default=getattr(answers, name), show_default=bool(getattr(answers, name)))
            answers = replace(answers, **{name: answer})
    return answers
