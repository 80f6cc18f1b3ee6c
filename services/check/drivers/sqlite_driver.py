"""Run the SQL files named on the command line on one SQLite database in memory; print the rows of the last.

A row is its values joined by ``" | "``; NULL is written NULL. Run as ``python -I sqlite_driver.py FILE…``.
"""

import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path


def statements(script: str) -> Iterator[str]:
    """Split ``script`` into statements, by SQLite's own test for a complete one (a trigger contains semicolons)."""
    pending = ""
    for piece in script.split(";"):
        pending += piece
        if sqlite3.complete_statement(f"{pending};"):
            yield f"{pending};"
            pending = ""
        else:
            pending += ";"
    if pending.strip("; \t\r\n"):
        yield pending


def main(names: list[str]) -> None:
    """Run the files. The first error ends the process."""
    # The script controls its own transactions.
    connection = sqlite3.connect(":memory:", isolation_level=None)
    for name in names:
        for statement in statements(Path(name).read_text(encoding="utf-8")):
            for row in connection.execute(statement):
                if name == names[-1]:
                    print(" | ".join("NULL" if value is None else str(value) for value in row))  # noqa: T201 # its purpose


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except sqlite3.Error as error:
        sys.exit(f"{type(error).__name__}: {error}")
