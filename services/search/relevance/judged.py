"""Judged queries (``content/relevance.toml``), and the evaluation of an engine by them.

Does not depend on an engine.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from services.search.engine import SearchEngine
from services.search.relevance.evaluation import mean, ndcg, reciprocal_rank
from shared.content.article import Article
from shared.content.parsing.toml_syntax import Entry, read_toml_tables
from shared.content.problem import Problem
from shared.search.contract import MAX_QUERY_CHARS, Explanation, Hit, SearchQuery

#: Hits of each query to judge: a page.
DEPTH: Final = 10
#: An article with this grade or more answers the query; below, it only mentions the subject.
ANSWERS: Final = 2
GRADES: Final = {1: "touches on it", 2: "answers it", 3: "is the answer"}


@dataclass(frozen=True, slots=True)
class JudgedQuery:
    """A query and its answers: the grades of articles by slug, and of single sections by ``(slug, anchor)``.

    The grade of an article is at least that of its best section. ``line`` is the query's line in its file.
    """

    text: str
    articles: Mapping[str, int]
    sections: Mapping[tuple[str, str], int]
    line: int


@dataclass(frozen=True, slots=True)
class JudgedResult:
    """The answer of an engine to one judged query.

    ``places`` are the judged sections of articles on the page, and ``places_shown`` those of them that their hit leads
    to. ``leads`` are the hits with judged sections, and ``leads_right`` those whose first section is one of these.
    """

    query: JudgedQuery
    hits: tuple[Hit, ...]
    ndcg: float
    reciprocal_rank: float
    places: int
    places_shown: int
    leads: int
    leads_right: int

    @property
    def is_success(self) -> bool:
        """Whether the first hit answers the query."""
        return self.reciprocal_rank == 1.0


@dataclass(frozen=True, slots=True)
class RelevanceReport:
    """The results of all judged queries."""

    results: tuple[JudgedResult, ...]

    @property
    def ndcg(self) -> float:
        """Mean nDCG@10."""
        return mean([result.ndcg for result in self.results])

    @property
    def mrr(self) -> float:
        """Mean reciprocal rank of the first article that answers."""
        return mean([result.reciprocal_rank for result in self.results])

    @property
    def success(self) -> float:
        """The share of queries whose first hit answers (success@1)."""
        return mean([result.is_success for result in self.results])

    @property
    def places(self) -> float:
        """The share of judged sections that the hit of their article links to, if it is on the page."""
        judged = sum(result.places for result in self.results)
        return sum(result.places_shown for result in self.results) / judged if judged else 0.0

    @property
    def section_success(self) -> float:
        """The share of hits with judged sections whose first section is one of them (success@1 within articles)."""
        judged = sum(result.leads for result in self.results)
        return sum(result.leads_right for result in self.results) / judged if judged else 0.0


def parse_relevance(text: str, source: str) -> tuple[tuple[JudgedQuery, ...], tuple[Problem, ...]]:
    """Parse a TOML file of judged queries into queries and problems. A query with a problem is left out."""
    tables, found = read_toml_tables(source, text, "queries", ["text", "relevant"])
    queries: dict[str, JudgedQuery] = {}
    problems = list(found)
    for table in tables:
        message = _problem_in(table)
        if message is None and table.values["text"] in queries:
            message = f"'{table.values['text']}' is judged twice: first on line {queries[table.values['text']].line}"
        if message:
            problems.append(Problem(source, table.line, message))
        else:
            queries[table.values["text"]] = _judged(table)
    return tuple(queries.values()), tuple(problems)


def check_relevance(queries: Iterable[JudgedQuery], articles: Iterable[Article], source: str) -> tuple[Problem, ...]:
    """Return the judged articles and sections that the site does not have."""
    anchors = {article.slug: {section.anchor for section in article.body.sections} for article in articles}
    problems: list[Problem] = []
    for query in queries:
        unknown = [f"there is no article '{slug}'" for slug in query.articles if slug not in anchors]
        unknown += [
            f"'{slug}' has no section '#{anchor}'"
            for slug, anchor in query.sections
            if slug in anchors and anchor not in anchors[slug]
        ]
        problems += [Problem(source, query.line, message) for message in unknown]
    return tuple(problems)


async def evaluate(engine: SearchEngine, queries: Iterable[JudgedQuery]) -> RelevanceReport:
    """Evaluate ``engine`` on ``queries``."""
    asked = [(query, await engine.search(SearchQuery(query.text, size=DEPTH, explain=True))) for query in queries]
    return RelevanceReport(tuple(_result(query, results.hits) for query, results in asked))


def _result(query: JudgedQuery, hits: tuple[Hit, ...]) -> JudgedResult:
    gains = [query.articles.get(hit.slug, 0) for hit in hits]
    found = {hit.slug: [section.anchor for section in hit.sections] for hit in hits}
    places = [(slug, anchor) for slug, anchor in query.sections if slug in found]
    leads = {slug for slug, _ in places}
    return JudgedResult(
        query=query,
        hits=hits,
        ndcg=ndcg(gains, query.articles.values(), DEPTH),
        reciprocal_rank=reciprocal_rank(gains, DEPTH, least=min(ANSWERS, max(query.articles.values()))),
        places=len(places),
        places_shown=sum(anchor in found[slug] for slug, anchor in places),
        leads=len(leads),
        leads_right=sum((slug, anchor) in query.sections for slug in leads for anchor in found[slug][:1]),
    )


def describe(result: JudgedResult, *, explains: bool = True) -> str:
    """Describe a miss: the query, the expected hits, the actual ones; ``explains`` adds how the first one scored."""
    wanted = ", ".join(f"{slug} ({grade})" for slug, grade in result.query.articles.items())
    lines = [f"{result.query.text!r} should find {wanted}"]
    lines += [f"  {rank}. {hit.slug}  {hit.score:.3f}" for rank, hit in enumerate(result.hits[:3], 1)]
    if not result.hits:
        lines.append("  found nothing")
    elif explains and (explanation := result.hits[0].explanation):
        lines += _tree(explanation, "     ")
    return "\n".join(lines)


def _tree(explanation: Explanation, indent: str) -> list[str]:
    below = [line for part in explanation.parts for line in _tree(part, indent + "  ")]
    return [f"{indent}{explanation.value:.3f}  {explanation.label}", *below]


def _judged(table: Entry) -> JudgedQuery:
    articles: dict[str, int] = {}
    sections: dict[tuple[str, str], int] = {}
    for target, grade in table.values["relevant"].items():
        slug, hash_sign, anchor = target.partition("#")
        articles[slug] = max(grade, articles.get(slug, 0))
        if hash_sign:
            sections[slug, anchor] = grade
    return JudgedQuery(table.values["text"], articles, sections, table.line)


def _problem_in(table: Entry) -> str | None:
    text, relevant = table.values.get("text"), table.values.get("relevant")
    if not isinstance(text, str) or not text.strip():
        return "'text' must be what a reader types"
    if len(text) > MAX_QUERY_CHARS:
        return f"'text' has {len(text)} characters; a query has at most {MAX_QUERY_CHARS}"
    if not isinstance(relevant, dict) or not relevant:
        return "'relevant' must name articles with their grades, such as { \"transactional-outbox\" = 3 }"
    for target, grade in relevant.items():
        if type(grade) is not int or grade not in GRADES:  # true is an int in Python, but not a grade
            meaning = ", ".join(f"{grade} {means}" for grade, means in GRADES.items())
            return f"the grade of '{target}' must be one of: {meaning}"
    return None
