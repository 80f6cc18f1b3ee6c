"""Report → context of the operator's page. Pure.

The page is for operators and in English, whatever the language of the site.
"""

from __future__ import annotations

from dataclasses import replace

from services.render.insight.counts import Found
from services.render.insight.report import Report, Row
from services.render.languages.interface import ENGLISH
from services.render.pages.contexts import InsightPage, InsightRow
from services.render.site.scope import Scope, build_chrome, build_meta
from shared.text.counted import counted

#: Rows of each table. The exports have them all.
MAX_SHOWN = 100
PATH = "/_insight"

_FOUND: dict[Found, str] = {
    "all": "all words",
    "some": "some of the words",
    "corrected": "other words",
    "nothing": "nothing",
    "": "not known",
}


def insight_page(scope: Scope, report: Report) -> InsightPage:
    """The operator's page. Its links to the site are absolute: it may be served on another address."""
    meta = build_meta(scope, PATH, "Query insight", "What visitors search for.", robots="noindex, nofollow")
    return InsightPage(
        chrome=replace(build_chrome(scope, PATH), language="en", direction="ltr", words=ENGLISH),
        meta=replace(meta, json_ld=()),
        stylesheet=scope.files.url("insight.css"),
        home=scope.absolute("/"),
        lead=(
            f"Searches since {report.first_day:%-d %B %Y}. A query is listed if at least "
            f"{counted(report.least_visitors, 'visitor')} typed it on one day."
        ),
        facts=facts(report),
        notes=notes(report),
        to_write=tuple(map(_row, report.to_write[:MAX_SHOWN])),
        top=tuple(map(_row, report.rows[:MAX_SHOWN])),
        total=len(report.rows),
        problems=report.problems,
        problem_count=report.problem_count,
    )


def facts(report: Report) -> tuple[tuple[str, str], ...]:
    """Name and value of each figure, for the page and the terminal."""
    times, index = report.times, report.index
    return (
        ("Searches, P50", f"{times.p50_ms:,.1f} ms" if times else "none yet"),
        ("Searches, P95", f"{times.p95_ms:,.1f} ms" if times else "none yet"),
        ("Searches, P99", f"{times.p99_ms:,.1f} ms" if times else "none yet"),
        ("Index age", _age(index.age_s) if index else "search is unavailable"),
        ("Indexed articles", "unknown" if index is None or index.articles is None else f"{index.articles:,}"),
        ("Content problems", f"{report.problem_count:,}" if report.problem_count else "none"),
    )


def notes(report: Report) -> tuple[str, ...]:
    """Notes on the limits of the figures."""
    found = []
    if report.problem:
        found.append(f"The file of counts is not written, counting goes on in memory: {report.problem}")
    if report.unidentified:
        found.append(
            f"{counted(report.unidentified, 'search', 'searches')} came without an address that tells visitors apart: "
            "they count as one visitor. A proxy in front must send X-Forwarded-For, and be named in "
            "PERSPECTIVE_TRUSTED_PROXIES."
        )
    if report.left_out:
        found.append(f"{counted(report.left_out, 'search', 'searches')} not counted: private or long text.")
    if report.over_bound:
        found.append(f"{counted(report.over_bound, 'count')} lost today to the bounds on memory.")
    return tuple(found)


def found_text(row: Row) -> str:
    """The result of the newest search for a query, in words."""
    return f"corrected to “{row.corrected_to}”" if row.last == "corrected" else _FOUND[row.last]


def _row(row: Row) -> InsightRow:
    rank = "" if row.mean_rank is None else f"{row.mean_rank:.1f}"
    return InsightRow(row.number, row.query, f"{row.visitors:,}", found_text(row), f"{row.opened:,}", rank)


def _age(seconds: float | None) -> str:
    if seconds is None:
        return "unknown"
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            return counted(int(seconds // size), unit)
    return counted(max(0, int(seconds)), "second")
