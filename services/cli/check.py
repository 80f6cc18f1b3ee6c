"""``perspective check``: validate the content, and report problems in a form that editors and CI parse."""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Sequence

import click

from services.check import check_content
from services.check.external import check_external, external_links
from services.check.report import FORMATS
from services.cli.options import content_option, settings_from
from services.cli.output import echo
from shared.content.folder.loader import load_now
from shared.content.problem import Problem
from shared.text.counted import counted
from shared.web.settings import Settings


@click.command("check")
@click.option("--run", is_flag=True, help="Run the code samples, and record those that pass.")
@click.option(
    "--format",
    "form",
    type=click.Choice(list(FORMATS)),
    default="text",
    show_default=True,
    help="Format of the report.",
)
@click.option("--external", is_flag=True, help="Also check the links that leave the site.")
@click.option("--ignore", multiple=True, metavar="REGEX", help="Links that --external does not check; may be repeated.")
@content_option
def command(*, run: bool, form: str, external: bool, ignore: tuple[str, ...], **options: object) -> int:
    """Check the content and report each problem as path:line: message.

    Exits with 0 if there are no errors (warnings do not count), 1 with an error, 2 for an invalid argument.

    Checks front matter, links, anchors, pictures, headings, samples, synonyms and judged queries, and reports how well
    the judged queries are answered.
    """
    if ignore and not external:
        raise click.UsageError("--ignore goes with --external")
    settings = settings_from(options)
    problems = check_content(settings.content_dir, run=run)
    more, figures = _judge(settings)
    problems += [*more, *_look(settings)]
    if external:
        problems += _external(settings, ignore)
    if form != "text":
        echo(FORMATS[form](problems))
        return int(any(problem.severity == "error" for problem in problems))
    for problem in problems:
        echo(str(problem), fg="yellow" if problem.severity == "warning" else "red")
    for line in figures:
        echo(line)
    echo(summary(problems))
    return 1 if any(problem.severity == "error" for problem in problems) else 0


def _judge(settings: Settings) -> tuple[Sequence[Problem], Sequence[str]]:
    """The problems and figures of search, if it is installed."""
    if importlib.util.find_spec("whoosh") is None:
        return (), ("synonyms and judged queries are not checked: pip install 'perspective[search]'",)
    from services.cli.judged import judge, report_lines  # noqa: PLC0415 - needs the search extra

    judgement = judge(settings)
    return judgement.problems, report_lines(judgement.report) if judgement.report else ()


def _external(settings: Settings, ignored: tuple[str, ...]) -> list[Problem]:
    """The broken links that leave the site, with a progress bar on the error output."""
    library = load_now(settings.content_dir, drafts=True).library
    if library is None:
        return []
    try:
        links = external_links(library, ignored)
    except re.error as error:
        raise click.UsageError(f"--ignore takes a regular expression: {error}") from error
    with click.progressbar(length=len(links), label="Links that leave the site", file=sys.stderr) as bar:
        found = check_external(links, settings.cache_dir, lambda: bar.update(1))
        return [problem.under(settings.content_dir) for problem in found]


def _look(settings: Settings) -> Sequence[Problem]:
    """The problems of the site's own theme, if the render extra is installed."""
    if importlib.util.find_spec("jinja2") is None:
        return ()
    from services.cli.theme import check_theme  # noqa: PLC0415 - needs the render extra

    return check_theme(settings)


def summary(problems: Sequence[Problem]) -> str:
    """Summarize the problems: their number, and which to fix first."""
    if not problems:
        return "No problems."
    errors = sum(problem.severity == "error" for problem in problems)
    warnings = len(problems) - errors
    first = next((problem for problem in problems if problem.severity == "error"), problems[0])
    return f"{counted(errors, 'error')}, {counted(warnings, 'warning')}. Fix first: {first}"
