"""The report and its forms, and the operator's token."""

from __future__ import annotations

import base64
import csv
import io
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from services.render.insight.counts import RANKS, Counts
from services.render.insight.page import facts, notes
from services.render.insight.report import (
    IndexState,
    MalformedReport,
    Report,
    parse_json,
    rows_of,
    times_of,
    to_csv,
    to_json,
)
from services.render.insight.token import BadToken, is_authorized, read_token

COUNTS = {
    "outbox": Counts(9, last="all", clicks=[4, 0, 2, *[0] * (RANKS - 2)]),
    "saga": Counts(12, 12, last="nothing"),
    "sagas vs outbox": Counts(30, some=30, last="some"),
    "outbxo": Counts(3, corrected=3, corrected_to="=outbox", last="corrected"),
    "unknown": Counts(3),
}
TOKEN = b"a token of sufficient length"


def report(**changes: object) -> Report:
    fields: dict[str, Any] = {
        "made": datetime(2026, 6, 1, tzinfo=UTC),
        "first_day": date(2026, 5, 1),
        "days": 90,
        "least_visitors": 3,
        "rows": rows_of(COUNTS),
    }
    return Report(**(fields | changes))


def test_rows_are_numbered_by_visitors() -> None:
    assert [(row.number, row.query) for row in report().rows] == [
        (1, "sagas vs outbox"),
        (2, "saga"),
        (3, "outbox"),
        (4, "outbxo"),
        (5, "unknown"),
    ]


def test_writing_list_has_unanswered_queries_and_begins_with_those_without_hits() -> None:
    assert [row.query for row in report().to_write] == ["saga", "sagas vs outbox", "outbxo"]


def test_mean_rank_is_that_of_the_opened_hits() -> None:
    outbox = next(row for row in report().rows if row.query == "outbox")
    assert outbox.opened == 6
    assert outbox.mean_rank == pytest.approx((4 * 1 + 2 * 3) / 6)


def test_percentiles_are_of_the_nearest_rank() -> None:
    times = times_of([number / 1000 for number in range(1, 101)])
    assert times is not None
    assert (times.searches, times.p50_ms, times.p95_ms, times.p99_ms) == (100, 50.0, 95.0, 99.0)
    assert times_of([]) is None


def test_json_comes_back_as_the_same_report() -> None:
    whole = report(times=times_of([0.01]), index=IndexState(17, 3.5), problems=("a.md:1: x",), problem_count=1)
    assert parse_json(to_json(whole)) == whole


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"<html>", b'{"rows": 1}'])
def test_other_answers_are_no_report(body: bytes) -> None:
    with pytest.raises(MalformedReport):
        parse_json(body)


@pytest.mark.parametrize(
    "query",
    [
        "=1+1",
        "+1",
        "-1",
        "@sum",
        " =x",
        "\uff1dx",
        "|calc",
        "\tx",
        "\r=1",
        "\n@x",
        "\u2003=1",
        'a "b", c',
        "-",
        "plain",
    ],
)
def test_no_cell_is_a_formula_and_every_query_survives(query: str) -> None:
    lines = list(csv.reader(io.StringIO(to_csv(rows_of({query: Counts(3, corrected_to=query)})))))
    cells = dict(zip(lines[0], lines[1], strict=True))
    for cell in (cells["query"], cells["corrected_to"]):
        assert cell.removeprefix("'") == query
        assert cell[0] not in "\t\r\n"
        assert cell.lstrip()[0] not in "=+-@|\uff1d"


def test_figures_say_what_is_not_known() -> None:
    assert dict(facts(report()))["Index age"] == "search is unavailable"
    assert dict(facts(report(index=IndexState(None, 7_300.0))))["Index age"] == "2 hours"
    assert notes(report()) == ()
    assert len(notes(report(problem="disk full", unidentified=1, left_out=2, over_bound=3))) == 4


def test_token_is_read_without_its_line_end(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_bytes(TOKEN + b"\r\n")
    assert read_token(path) == TOKEN


@pytest.mark.parametrize("content", [b"", b"short", "ä".encode() * 20, b"x" * 20 + b"\n" + b"y" * 20, b"x" * 9_999])
def test_token_that_is_none_is_an_error_with_its_path(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "token"
    path.write_bytes(content)
    with pytest.raises(BadToken, match=r'token": takes one line of at least 16 ASCII characters'):
        read_token(path)
    with pytest.raises(BadToken, match="No such file"):
        read_token(tmp_path / "missing")


def basic(user: str, password: bytes) -> str:
    return "Basic " + base64.b64encode(user.encode() + b":" + password).decode()


@pytest.mark.parametrize(
    ("header", "is_right"),
    [
        (f"Bearer {TOKEN.decode()}", True),
        (basic("anybody", TOKEN), True),
        (basic("", TOKEN), True),
        ("bearer  " + TOKEN.decode(), True),
        ("", False),
        ("Bearer", False),
        ("Bearer wrong", False),
        (f"Token {TOKEN.decode()}", False),
        (TOKEN.decode(), False),
        (basic("a", TOKEN[:-1]), False),
        (basic("a", TOKEN + b"x"), False),
        ("Basic ????", False),
        ("Basic \udcff", False),
        ("Bearer \udcff", False),
    ],
)
def test_token_opens_as_password_or_bearer_token(header: str, is_right: bool) -> None:
    assert is_authorized(header, TOKEN) is is_right
