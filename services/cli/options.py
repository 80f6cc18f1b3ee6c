"""Options shared by subcommands; each overrides the environment variable of the same name."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from typing import get_args

import click
from click.decorators import FC

from shared.process.logger import get_logger
from shared.process.logs import configure_logging
from shared.web.settings import (
    Check,
    EngineName,
    Settings,
    check_nothing,
    load_settings,
    unknown_settings,
    variable_name,
)

content_option = click.option(
    "--content", "content_dir", metavar="DIR", type=click.Path(file_okay=False), help="The folder of articles."
)
index_option = click.option(
    "--index", "index_dir", metavar="DIR", type=click.Path(file_okay=False), help="The directory of the search index."
)
engine_option = click.option(
    "--engine",
    "search_engine",
    type=click.Choice(get_args(EngineName)),
    help="The search engine (by default PERSPECTIVE_SEARCH_ENGINE, else whoosh).",
)
host_option = click.option("--host", metavar="HOST", help="The address to listen on.")
drafts_option = click.option("--drafts", is_flag=True, default=None, help="Show and search drafts too.")
strict_option = click.option("--strict", is_flag=True, default=None, help="Fail if any article has an error.")
#: For ``perspective serve``: the process ends when its standard input is closed.
child_option = click.option("--child", is_flag=True, hidden=True)


def port_option(flag: str, name: str, what: str) -> Callable[[FC], FC]:
    """An option for a port, kept as the setting ``name``."""
    return click.option(flag, name, metavar="PORT", type=click.IntRange(0, 65_535), help=f"The port of {what}.")


def exclude_each_other(given: Mapping[str, bool]) -> None:
    """Raise UsageError if more than one of the options was given."""
    names = [name for name, is_given in given.items() if is_given]
    if len(names) > 1:
        raise click.UsageError(f"{' and '.join(names)} exclude each other: give one of them")


def settings_from(options: Mapping[str, object], preflight: Check = check_nothing) -> Settings:
    """The settings of the environment, overridden by ``options`` (named like settings; None if not given).

    Raises SettingsError with one message for all wrong values, with the lines of the ``preflight`` checks.
    """
    given = {variable_name(name): str(value) for name, value in options.items() if value is not None}
    return load_settings({**os.environ, **given}, preflight)


def start_logging(settings: Settings, service: str) -> None:
    """Write events to the error output, and warn of settings that nothing reads."""
    configure_logging(settings.log_level, settings.log_format, sys.stderr, service=service)
    for warning in unknown_settings(os.environ):
        get_logger("settings").warning(warning)
