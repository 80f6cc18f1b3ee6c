"""The report of an import: a few lines for a terminal, and every finding with its place for a file. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from services.importing.findings import OUTCOMES, Findings, Outcome
from shared.text.counted import counted

#: The report, in the target folder. It is not content, because articles are never in the root.
REPORT_FILE = "import-report.md"
_HEADLINES: dict[Outcome, str] = {
    "carried": "Carried as it was",
    "converted": "Converted",
    "left": "Left raw: it stands in the article as it was written",
    "dropped": "Dropped: not on the page",
    "kept": "Left alone: edited or removed here since it was imported",
}
#: The terminal names this many constructs of each outcome; the file has all.
_SHOWN = 12
#: The report names this many places of a converted construct, and all places of a dropped one.
_MAX_PLACES = 200


@dataclass(frozen=True, slots=True)
class Result:
    """What an import did. ``outcome`` counts files by what happened to them; ``next_step`` is a command."""

    kind: str
    source: str
    target: str
    articles: int
    pages: int
    drafts: int
    pictures: int
    aliases: int
    outcome: dict[str, int]
    findings: Findings
    next_step: str
    is_dry_run: bool = False


def terminal_lines(result: Result) -> Iterator[str]:
    """The report for the terminal."""
    verb = "would be imported" if result.is_dry_run else "imported"
    yield (
        f"{result.kind}: {counted(result.articles, 'article')} and {counted(result.pages, 'page')} {verb} "
        f"({counted(result.drafts, 'draft')}), {counted(result.pictures, 'picture or file', 'pictures and files')}, "
        f"{counted(result.aliases, 'old address', 'old addresses')} kept"
    )
    yield "files: " + ", ".join(f"{number:,} {what}" for what, number in result.outcome.items())
    counts = result.findings.counts()
    for outcome in OUTCOMES:
        rows = [(construct, number) for (kind, construct), number in counts.items() if kind == outcome]
        if not rows:
            continue
        yield ""
        yield f"{_HEADLINES[outcome].partition(':')[0]}: {sum(number for _, number in rows):,}"
        for construct, number in rows[:_SHOWN]:
            yield f"  {number:>6,}  {construct}"
        if len(rows) > _SHOWN:
            yield f"          and {len(rows) - _SHOWN} more kinds: see the report"
    yield ""
    if not result.is_dry_run:
        yield f"every place: {result.target}/{REPORT_FILE}"
    yield f"next: {result.next_step}"


def report_file(result: Result) -> str:
    """The report for the file: every construct with its places."""
    lines = [
        f"# Import of {result.source}",
        "",
        f"Kind: {result.kind}. Articles: {result.articles:,} ({result.drafts:,} drafts). Pages: {result.pages:,}.",
        f"Pictures and files: {result.pictures:,}. Old addresses kept: {result.aliases:,}.",
        "",
        f"Next: `{result.next_step}`",
    ]
    for outcome in reversed(OUTCOMES):
        rows = _grouped(result.findings, outcome)
        if not rows:
            continue
        lines += ["", f"## {_HEADLINES[outcome]}", ""]
        lines += ["| construct | times | files |", "| --- | ---: | ---: |"]
        lines += [
            f"| {_code(construct)} | {len(places):,} | {len({path for path, _, _ in places}):,} |"
            for construct, places in rows
        ]
        for construct, places in rows:
            lines += ["", f"### {_code(construct)}", ""]
            lines += _places(places, limit=_MAX_PLACES if outcome in {"converted", "carried"} else len(places))
    return "\n".join(lines) + "\n"


def _grouped(findings: Findings, outcome: Outcome) -> list[tuple[str, list[tuple[str, int, str]]]]:
    groups: dict[str, list[tuple[str, int, str]]] = {}
    for one in findings.of(outcome):
        groups.setdefault(one.construct, []).append((one.path, one.line, one.note))
    return sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))


def _places(places: Sequence[tuple[str, int, str]], *, limit: int) -> Iterator[str]:
    for path, line, note in places[:limit]:
        # Text of others is shown as code, so that it cannot become markup of the report.
        yield f"- {_code(f'{path}:{line}')}" + (f" {_code(note)}" if note else "")
    if len(places) > limit:
        yield f"- and {len(places) - limit:,} more"


def _code(text: str) -> str:
    fence = "``" if "`" in text else "`"
    space = " " if "`" in text else ""
    shown = " ".join(text.split()).replace("|", "\\|")
    return f"{fence}{space}{shown}{space}{fence}"
