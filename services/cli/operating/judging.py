"""Append a judged query to ``relevance.toml``: a visitor's query, and the articles that should answer it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import click

from services.search.relevance.judged import GRADES, JudgedQuery, check_relevance, parse_relevance
from shared.content.article import Article
from shared.process.durable import replace_file

#: The judged queries of a site, in its content folder.
RELEVANCE_FILE = "relevance.toml"
#: The default grade of an answer: "is the answer".
DEFAULT_GRADE = 3
_ANSWER = re.compile(r"(?P<target>[^=\s]+?)(?:=(?P<grade>\d+))?")
_HEAD = "# What readers ask, and what should answer. `perspective check` reports what does not.\n"


def parse_answers(given: Sequence[str]) -> dict[str, int]:
    """Parse the targets (``slug`` or ``slug#anchor``) and their grades. Raises UsageError."""
    answers = {}
    for one in given:
        match = _ANSWER.fullmatch(one)
        grade = int(match["grade"] or DEFAULT_GRADE) if match else 0
        if match is None or grade not in GRADES:
            grades = ", ".join(f"{number} {means}" for number, means in GRADES.items())
            raise click.UsageError(f"--answer {one}: takes SLUG, SLUG#SECTION or SLUG=GRADE, where a grade is {grades}")
        answers[match["target"]] = grade
    return answers


def judge(path: Path, query: str, answers: Mapping[str, int], articles: Iterable[Article]) -> int:
    """Append the judged query to the file ``path``; return its line. Raises ClickException, changing nothing."""
    before = path.read_bytes().decode("utf-8") if path.is_file() else _HEAD
    known, problems = parse_relevance(before, str(path))
    if problems:
        raise click.ClickException(f"fix this first: {problems[0]}")
    for one in known:
        if one.text.casefold() == query.casefold():
            raise click.ClickException(f"{path}:{one.line}: {one.text!r} is judged already")
    after = with_query(before, query, answers)
    added = _added(path, after, query)
    wrong = check_relevance([added], articles, str(path))
    if wrong:
        raise click.ClickException(f"not written: {'; '.join(problem.message for problem in wrong)}")
    replace_file(path, after.encode("utf-8"))
    return added.line


def _added(path: Path, after: str, query: str) -> JudgedQuery:
    """Parse the appended query. Raises ClickException if the file cannot be appended to."""
    queries, problems = parse_relevance(after, str(path))
    if problems or not queries or queries[-1].text != query:
        why = problems[0].message if problems else "it does not end with [[queries]] tables"
        raise click.ClickException(f"{path}: a query cannot be appended to this file ({why}): add it by hand")
    return queries[-1]


def with_query(before: str, query: str, answers: Mapping[str, int]) -> str:
    """``before`` with one more ``[[queries]]`` table at its end, with the file's line ends."""
    relevant = ", ".join(f"{_string(target)} = {grade}" for target, grade in answers.items())
    table = f"\n[[queries]]\ntext = {_string(query)}\nrelevant = {{ {relevant} }}\n"
    if before and not before.endswith("\n"):
        table = f"\n{table}"
    return before + (table.replace("\n", "\r\n") if "\r\n" in before else table)


def _string(text: str) -> str:
    """``text`` as a basic string of TOML, whose escapes are those of JSON."""
    return json.dumps(text, ensure_ascii=False)
