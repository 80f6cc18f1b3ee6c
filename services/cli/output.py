"""What commands print: text of authors and readers does not steer the terminal."""

from __future__ import annotations

import click

from shared.text.visible import visible


def echo(text: str, *, fg: str | None = None, is_error: bool = False) -> None:
    """Print ``text`` and a line feed, in the colour ``fg`` on a terminal, to the error output if ``is_error``."""
    click.echo(click.style(visible(text), fg=fg, reset=fg is not None), err=is_error)
