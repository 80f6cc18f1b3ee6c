"""The ``perspective`` command."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from services.cli.root import run


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command with ``arguments`` (by default those of the process) and exit with its status."""
    sys.exit(run(arguments))


if __name__ == "__main__":
    main()
