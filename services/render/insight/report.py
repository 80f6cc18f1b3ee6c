"""One report for an operator, and its forms: JSON (and back), CSV. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import ceil

import orjson
from pydantic import TypeAdapter, ValidationError

from services.render.insight.counts import RANKS, Counts, Found
from services.render.insight.ledger import Ledger

#: Queries in a report, the most wanted first.
MAX_ROWS = 1_000
#: Problems of the content in a report.
MAX_PROBLEMS = 20
#: What a spreadsheet takes for the beginning of a formula, in full width too.
_FORMULA = tuple("=+-@\t\r\n|\uff1d\uff0b\uff0d\uff20")

_HEADINGS = (
    "number", "query", "visitors", "found_nothing", "found_some_words", "corrected", "corrected_to", "last_found",
    "clicks", "mean_rank", *(f"rank_{rank}" for rank in range(1, RANKS + 1)), "rank_later",
)  # fmt: skip


class MalformedReport(ValueError):
    """The bytes are not a report of this release."""


@dataclass(frozen=True, slots=True)
class Row:
    """One query over all days. ``number`` names it for ``perspective insight --judge``; ``clicks`` are by rank."""

    number: int
    query: str
    visitors: int
    nothing: int
    some: int
    corrected: int
    corrected_to: str
    last: Found
    clicks: tuple[int, ...]

    @property
    def opened(self) -> int:
        """How many hits were opened."""
        return sum(self.clicks)

    @property
    def mean_rank(self) -> float | None:
        """The mean rank of the hits that were opened, later ranks as RANKS + 1; None if none was."""
        return sum(rank * count for rank, count in enumerate(self.clicks, 1)) / self.opened if self.opened else None

    @property
    def is_unanswered(self) -> bool:
        """Whether the newest search found no article that has all of its words."""
        return self.last in {"nothing", "some", "corrected"}


@dataclass(frozen=True, slots=True)
class Times:
    """Percentiles of the time that searches took, in milliseconds, among the last ``searches``."""

    searches: int
    p50_ms: float
    p95_ms: float
    p99_ms: float


@dataclass(frozen=True, slots=True)
class IndexState:
    """The index that answers: its articles, and the seconds since it was published. None: not told."""

    articles: int | None
    age_s: float | None


@dataclass(frozen=True, slots=True)
class Report:
    """What an operator sees. ``index`` is None while search is unavailable, ``times`` before the first search.

    ``problem`` says why the file of counts is not written. ``left_out``, ``unidentified`` and ``over_bound`` count
    searches since the start that were not counted, or whose visitors could not be told apart.
    """

    made: datetime
    first_day: date
    days: int
    least_visitors: int
    rows: tuple[Row, ...]
    times: Times | None = None
    index: IndexState | None = None
    problems: tuple[str, ...] = ()
    problem_count: int = 0
    left_out: int = 0
    unidentified: int = 0
    over_bound: int = 0
    problem: str = ""

    @property
    def to_write(self) -> tuple[Row, ...]:
        """The writing list: queries without an answer, first the ones that found nothing."""
        rows = [row for row in self.rows if row.is_unanswered]
        return tuple(sorted(rows, key=lambda row: (row.last != "nothing", -row.visitors)))


def rows_of(totals: Mapping[str, Counts]) -> tuple[Row, ...]:
    """The rows of a report: most visitors first, then by name."""
    ordered = sorted(totals.items(), key=lambda item: (-item[1].visitors, item[0]))[:MAX_ROWS]
    return tuple(
        Row(
            number, query, one.visitors, one.nothing, one.some, one.corrected, one.corrected_to, one.last,
            tuple(one.clicks),
        )
        for number, (query, one) in enumerate(ordered, 1)
    )  # fmt: skip


def report_of(
    ledger: Ledger,
    *,
    made: datetime,
    times: Sequence[float] = (),
    index: IndexState | None = None,
    problems: Sequence[str] = (),
    problem: str = "",
) -> Report:
    """Make the report of ``ledger``; ``times`` are in seconds."""
    rows = rows_of(ledger.totals())
    return Report(
        made=made,
        first_day=ledger.first_day,
        days=ledger.days,
        least_visitors=ledger.least_visitors,
        rows=rows,
        times=times_of(times),
        index=index,
        problems=tuple(problems[:MAX_PROBLEMS]),
        problem_count=len(problems),
        left_out=ledger.left_out,
        unidentified=ledger.unidentified,
        over_bound=ledger.over_bound,
        problem=problem,
    )


def times_of(times_s: Iterable[float]) -> Times | None:
    """The percentiles of times in seconds (nearest rank); None without any."""
    ordered = sorted(times_s)
    if not ordered:
        return None
    p50, p95, p99 = (round(1000 * ordered[ceil(share * len(ordered)) - 1], 2) for share in (0.5, 0.95, 0.99))
    return Times(len(ordered), p50, p95, p99)


def to_json(report: Report) -> bytes:
    """The report as JSON, with the writing list as numbers of rows."""
    return orjson.dumps(
        {**_fields(report), "to_write": [row.number for row in report.to_write]}, option=orjson.OPT_INDENT_2
    )


def _fields(report: Report) -> dict[str, object]:
    return {name: getattr(report, name) for name in Report.__dataclass_fields__}


def parse_json(body: bytes) -> Report:
    """The report that ``to_json`` wrote. Raises MalformedReport."""
    try:
        return TypeAdapter(Report).validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise MalformedReport(f"not a report of this release: {where or 'the answer'}: {first['msg']}") from error


def to_csv(rows: Iterable[Row]) -> str:
    """The rows as CSV (RFC 4180). No cell is a formula to a spreadsheet."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_HEADINGS)
    for row in rows:
        mean = "" if row.mean_rank is None else f"{row.mean_rank:.2f}"
        cells = (row.number, _cell(row.query), row.visitors, row.nothing, row.some, row.corrected)
        writer.writerow((*cells, _cell(row.corrected_to), row.last, row.opened, mean, *row.clicks))
    return text.getvalue()


def _cell(text: str) -> str:
    """Return ``text`` such that a spreadsheet shows it and computes nothing (OWASP: CSV injection)."""
    return f"'{text}" if text.startswith(_FORMULA) or text.lstrip().startswith(_FORMULA) else text
