"""Import real sites: one line of figures for each, with the errors that the check finds.

    python -m benchmarks.moving_in ~/sites/blog ~/sites/docs

Each site is imported twice into a temporary folder: the second run must change nothing. The check runs on the result,
and again on what it counts as errors, by message. Times are processor seconds.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from services.check import check_content
from services.importing import ImportRefused, Job, import_site
from services.importing.report import Result

#: Kinds of error that are listed for each site.
SHOWN = 8
HEADINGS = ("site", "kind", "files", "refused", "converted", "left raw", "dropped", "again", "s", "errors", "warnings")


@dataclass(frozen=True, slots=True)
class Moved:
    """The figures of one site. ``changed`` counts the files that a second run wrote."""

    name: str
    result: Result
    seconds: float
    changed: int
    messages: Counter[str]
    warnings: int

    @property
    def row(self) -> tuple[str, ...]:
        """The line of the table."""
        counts = Counter(one.outcome for one in self.result.findings.found)
        return (
            self.name,
            self.result.kind,
            f"{self.result.articles + self.result.pages:,}",
            "0",
            *(f"{counts[outcome]:,}" for outcome in ("converted", "left", "dropped")),
            f"{self.changed:,}",
            f"{self.seconds:.1f}",
            f"{self.messages.total():,}",
            f"{self.warnings:,}",
        )


def move(source: Path, target: Path) -> Moved:
    """Import ``source`` twice, and check the result. Raises ImportRefused."""
    job = Job("auto", source, target, datetime.now(UTC))
    started = time.process_time()
    result = import_site(job)
    seconds = time.process_time() - started
    again = import_site(job)
    problems = check_content(target)
    errors = (one for one in problems if one.severity == "error")
    messages = Counter(re.sub(r"'[^']*'|\"[^\"]*\"|/\S+|#\S+|\b\d[\d,]*\b", "…", one.message)[:90] for one in errors)
    warnings = sum(one.severity == "warning" for one in problems)
    return Moved(source.name, result, seconds, again.outcome["new"] + again.outcome["changed"], messages, warnings)


def table(rows: Sequence[Sequence[str]]) -> str:
    """The rows as a Markdown table, each column as wide as its widest cell."""
    widths = [max(map(len, column)) for column in zip(HEADINGS, *rows, strict=True)]
    lines = (HEADINGS, ["-" * width for width in widths], *rows)
    return "\n".join("| " + " | ".join(map(str.ljust, line, widths)) + " |" for line in lines)


def main(sources: Sequence[str]) -> int:
    """Print the table, and the most frequent errors of each site. Returns 1 where a site is refused."""
    rows: list[tuple[str, ...]] = []
    details: list[str] = []
    status = 0
    with tempfile.TemporaryDirectory(prefix="moving-in-") as folder:
        for number, name in enumerate(sources):
            try:
                moved = move(Path(name), Path(folder) / str(number))
            except ImportRefused as error:
                details.append(f"\n{name}: {error}")
                status = 1
                continue
            rows.append(moved.row)
            if moved.messages:
                details.append(f"\n{moved.name}")
                details += (f"{count:>6,}  {message}" for message, count in moved.messages.most_common(SHOWN))
    print("\n".join((table(rows), *details)))
    return status


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sites", metavar="SITE", nargs="+", help="the folder of a site, or its archive")
    sys.exit(main(parser.parse_args().sites))
