"""The ``perspective`` command."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from services.cli.root import run


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command with ``arguments`` (by default those of the process) and exit with its status."""
    keep_children_from_the_working_directory()
    sys.exit(run(arguments))


def keep_children_from_the_working_directory() -> None:
    """Have Python in child processes import nothing from the working directory, unless this process does.

    By default it looks there first: a file such as ``queue.py`` in the folder of a site would run in place of Python's.
    """
    try:
        here = str(Path.cwd())
    except FileNotFoundError:  # it was removed
        here = ""
    if not {"", here}.intersection(sys.path):
        os.environ["PYTHONSAFEPATH"] = "1"


if __name__ == "__main__":
    main()
