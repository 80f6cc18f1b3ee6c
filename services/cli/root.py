"""The root command: finds subcommands, and turns exceptions into one line and an exit status."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import click

from services.cli.output import echo
from shared.content.problem import ContentError
from shared.text.nearest import nearest
from shared.version import VERSION
from shared.web import WebError


@dataclass(frozen=True, slots=True)
class Subcommand:
    """A subcommand: its module, its help text, and the extra it needs."""

    module: str
    help: str
    extra: str = ""


SUBCOMMANDS = {
    "init": Subcommand("services.cli.writing.init", "Write a small complete site to begin with."),
    "serve": Subcommand("services.cli.serve", "Run the site and its search on this machine."),
    "render": Subcommand("services.cli.render", "Run the site alone.", "render"),
    "search": Subcommand("services.cli.search", "Run the search service alone.", "search"),
    "index": Subcommand("services.cli.index", "Update the search index.", "search"),
    "migrate-search": Subcommand("services.cli.migrate_search", "Print the steps to move search to another engine."),
    "query": Subcommand("services.cli.asking.query", "Search from the terminal.", "search"),
    "mcp": Subcommand(
        "services.cli.asking.mcp", "Let an agent search and read over standard input and output.", "search"
    ),
    "model": Subcommand("services.cli.model", "Download and show the model that ranks by meaning.", "semantic"),
    "insight": Subcommand("services.cli.operating.insight", "Show what visitors search for and do not find.", "render"),
    "check": Subcommand("services.cli.check", "Report the problems of the content."),
    "new": Subcommand("services.cli.writing.new", "Write a new draft."),
    "preview": Subcommand("services.cli.writing.preview", "Print a link to a draft that expires.", "render"),
    "publish": Subcommand("services.cli.writing.publish", "Set the date of a draft, and record what is published."),
    "import": Subcommand("services.cli.importing", "Convert the site of another tool to a content folder."),
    "export": Subcommand("services.cli.export", "Write the site, or its articles, as files."),
}


class LazyGroup(click.Group):
    """Imports a subcommand only when it runs or shows its help."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """In the order in which a person needs them."""
        return list(SUBCOMMANDS)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The subcommand, or None if there is none of that name."""
        known = SUBCOMMANDS.get(cmd_name)
        if known is None:
            return None
        try:
            command: click.Command = importlib.import_module(known.module).command
        except ModuleNotFoundError as error:
            if not known.extra or error.name is None or error.name.startswith(("services.", "shared.")):
                raise
            needs = f"pip install 'perspective[{known.extra}]'"
            raise click.ClickException(f"{cmd_name} needs {error.name}, which is not installed: {needs}") from error
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The subcommand in ``args``; for a mistyped name, an error with the most similar one."""
        if args and args[0] not in SUBCOMMANDS and not args[0].startswith("-"):
            guess = nearest(args[0], SUBCOMMANDS)
            hint = f"did you mean {guess}?" if guess else f"there are {', '.join(SUBCOMMANDS)}"
            ctx.fail(f'there is no command "{args[0]}": {hint}')
        return super().resolve_command(ctx, args)

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the subcommands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, known.help) for name, known in SUBCOMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="perspective", message="%(prog)s %(version)s")
def root() -> None:
    """A self-hosted engineering publication over a folder of Markdown.

    Settings are PERSPECTIVE_* environment variables; options of a command override them.
    """


def run(arguments: Sequence[str] | None) -> int:
    """Run a command line and return its exit status. Errors are one line on the error output."""
    try:
        status = root.main(arguments, prog_name="perspective", standalone_mode=False)
    except (click.Abort, KeyboardInterrupt):
        return 130
    except BrokenPipeError:  # the reader of the output has closed it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # then the last flush must not fail either
        return 1
    except (click.ClickException, WebError, ContentError, OSError) as error:
        echo(f"perspective: {describe(error)}", is_error=True)
        return error.exit_code if isinstance(error, click.ClickException) else 1
    return status if isinstance(status, int) else 0


def describe(error: click.ClickException | WebError | ContentError | OSError) -> str:
    """Describe an exception for the user of the command."""
    match error:
        case click.UsageError(ctx=context):
            path = context.command_path if context else "perspective"
            return f"{error.format_message()} (see {path} --help)"
        case click.ClickException():
            return error.format_message()
        case OSError(filename=str(name)):
            return f"{name}: {error.strerror}"
    return str(error)
