"""The record of verified samples: updates after a run, and samples that it does not cover."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

from services.check.running import Outcome
from shared.content.folder.verified import VERIFIED_FILE, VerifiedRecord, VerifiedRun, format_verified
from shared.content.library import Library
from shared.content.problem import Problem
from shared.process.durable import replace_file


def record_runs(before: VerifiedRecord, outcomes: Iterable[Outcome], today: date, content_dir: Path) -> VerifiedRecord:
    """Update the record after a run, and write it to ``content_dir`` if it differs from ``before``.

    A sample that ran before with the same version keeps its date, so that a run without news changes nothing. A sample
    that could not be run here keeps its record; one that failed, or no longer exists, loses it.
    """
    record: dict[str, VerifiedRun] = {}
    for outcome in outcomes:
        digest, known = outcome.sample.digest, before.get(outcome.sample.digest)
        if outcome.version is None:
            if outcome.is_skipped and known:
                record[digest] = known
        elif known and known.version == outcome.version:
            record[digest] = known
        else:
            record[digest] = VerifiedRun(outcome.sample.language, outcome.version, today.isoformat())
    if record != before:
        replace_file(content_dir / VERIFIED_FILE, format_verified(record))
    return record


def check_record(library: Library, record: VerifiedRecord) -> Iterator[Problem]:
    """The runnable samples that ``record`` does not cover: their blocks are not marked as verified."""
    for article in (*library.articles, *library.pages):
        for sample in article.body.samples:
            if sample.is_runnable and sample.digest not in record:
                message = "this sample has not run since it was written or changed: perspective check --run"
                yield Problem(article.source, sample.line, message, "warning")
