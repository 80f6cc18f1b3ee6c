"""Judgements of passages, made blind and partly twice: their table, their agreement, and the questions with them.

A row of ``judgements.tsv`` is: question ("" for that of the row above), section (``slug#anchor``), first grade, second
grade or "", final grade. The final grade is the first one, unless the passage was read again because an earlier grade
differed.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import BenchmarkError
from services.search.relevance.judged import JudgedQuery
from shared.content.article import Article

HEADER = ("question", "section", "first", "second", "final")
GRADES = range(4)
_TEXT = re.compile(r'^text = "(?P<text>.*)"$')


@dataclass(frozen=True, slots=True)
class Judgement:
    """One section judged for one question, with grades from 0 to 3. ``anchor`` is "" before the first heading."""

    question: str
    slug: str
    anchor: str
    first: int
    second: int | None = None
    decided: int | None = None

    @property
    def grade(self) -> int:
        """The final grade."""
        return self.first if self.decided is None else self.decided

    @property
    def target(self) -> str:
        """The section as the questions file names it; the text before the first heading is the article."""
        return f"{self.slug}#{self.anchor}" if self.anchor else self.slug


@dataclass(frozen=True, slots=True)
class Agreement:
    """The agreement of two rounds: ``equal`` is a share, ``kappa`` at most 1; ``pairs`` counts (first, second)."""

    count: int
    equal: float
    kappa: float
    pairs: Mapping[tuple[int, int], int]


@dataclass(frozen=True, slots=True)
class Difference:
    """A grade of the questions file that is not the final one. 0 is a section without a grade."""

    question: str
    target: str
    before: int
    after: int

    def __str__(self) -> str:
        """One line for the terminal."""
        return f"{self.before} -> {self.after}  {self.target}  {self.question}"


def read_judgements(path: Path) -> list[Judgement]:
    """The rows of a table. Raises BenchmarkError."""
    found, question = [], ""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        cells = line.split("\t")
        if number == 1 and tuple(cells) == HEADER:
            continue
        if len(cells) != len(HEADER) or any(cell not in {"", "0", "1", "2", "3"} for cell in cells[2:]):
            raise BenchmarkError(f"{path}:{number}: a row is {', '.join(HEADER)}, with grades from 0 to 3")
        question = cells[0] or question
        slug, _, anchor = cells[1].partition("#")
        first, final = int(cells[2]), int(cells[4])
        second = int(cells[3]) if cells[3] else None
        found.append(Judgement(question, slug, anchor, first, second, None if final == first else final))
    return found


def write_judgements(path: Path, rows: Iterable[Judgement]) -> None:
    """Write the table of ``rows``."""
    lines, question = [HEADER], ""
    for row in rows:
        second = "" if row.second is None else str(row.second)
        named = "" if row.question == question else row.question
        lines.append((named, row.target, str(row.first), second, str(row.grade)))
        question = row.question
    path.write_text("".join("\t".join(line) + "\n" for line in lines), encoding="utf-8")


def agreement_of(rows: Iterable[Judgement]) -> Agreement:
    """The agreement of the two rounds on the rows that have both; kappa (Cohen, 1968) with linear weights.

    Raises BenchmarkError if no row has both.
    """
    pairs = Counter((row.first, row.second) for row in rows if row.second is not None)
    if not (count := pairs.total()):
        raise BenchmarkError("nothing was judged twice")
    firsts, seconds = (Counter[int](), Counter[int]())
    for (first, second), times in pairs.items():
        firsts[first] += times
        seconds[second] += times
    observed = sum(abs(first - second) * times for (first, second), times in pairs.items()) / count
    expected = sum(abs(a - b) * firsts[a] * seconds[b] for a in GRADES for b in GRADES) / count**2
    equal = sum(times for (first, second), times in pairs.items() if first == second) / count
    return Agreement(count, equal, 1.0 - observed / expected if expected else 1.0, pairs)


def check_judgements(
    rows: Iterable[Judgement], queries: Iterable[JudgedQuery], articles: Iterable[Article]
) -> list[str]:
    """Say which rows are of no question, or of no section of the site."""
    texts = {query.text for query in queries}
    places = {(article.slug, section.anchor) for article in articles for section in article.body.sections}
    return [
        f"{row.question}: there is no such {'section' if row.question in texts else 'question'}: {row.target}"
        for row in rows
        if row.question not in texts or (row.slug, row.anchor) not in places
    ]


def differences(rows: Iterable[Judgement], text: str) -> list[Difference]:
    """What the final grades of ``rows`` change in the questions file ``text``."""
    before = {query["text"]: query["relevant"] for query in tomllib.loads(text)["queries"]}
    found = ((row, before[row.question].get(row.target, 0)) for row in rows)
    return [Difference(row.question, row.target, old, row.grade) for row, old in found if row.grade != old]


def with_grades(text: str, rows: Iterable[Judgement]) -> str:
    """The questions file ``text`` with the final grades of ``rows``, best first; everything else is as it was.

    A question without rows keeps its line. Raises BenchmarkError for a question that no section answers, or that the
    file does not have on a line of its own.
    """
    graded: dict[str, list[Judgement]] = defaultdict(list)
    for row in rows:
        graded[row.question].append(row)
    lines, question, written = [], "", set[str]()
    for line in text.splitlines():
        if match := _TEXT.match(line):
            question = match["text"]
        is_new = line.startswith("relevant = ") and question in graded
        lines.append(_relevant(question, graded[question]) if is_new else line)
        written |= {question} if is_new else set()
    if missing := graded.keys() - written:
        raise BenchmarkError(f"no line of the file is: {', '.join(sorted(missing))}")
    return "\n".join(lines) + "\n"


def _relevant(question: str, rows: Sequence[Judgement]) -> str:
    best = sorted((row for row in rows if row.grade), key=lambda row: (-row.grade, row.target))
    if not best:
        raise BenchmarkError(f"{question}: no section answers it")
    return "relevant = { " + ", ".join(f'"{row.target}" = {row.grade}' for row in best) + " }"
