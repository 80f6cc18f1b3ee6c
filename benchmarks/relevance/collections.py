"""Judged collections: documents, queries, and the grades of the documents that answer each."""

from __future__ import annotations

import json
import tarfile
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import BenchmarkError, CorpusMissing
from services.search.relevance.judged import ANSWERS, check_relevance, parse_relevance
from services.search.text.query import parse_query
from services.search.text.query_tree import Phrase
from shared.content.article import Article, Block, Body, Section
from shared.content.folder.loader import load_now
from shared.content.problem import InvalidContent

#: All documents of a collection appeared on one day: nothing is newer than anything else.
PUBLISHED = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Query:
    """One question and the grades of its answers, by slug. Documents that are ``left_out`` count in no ranking."""

    text: str
    grades: Mapping[str, int]
    left_out: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Collection:
    """One judged collection. ``answers`` is the least grade that counts as an answer for MRR."""

    name: str
    articles: tuple[Article, ...]
    queries: tuple[Query, ...]
    answers: int
    synonyms: Path | None = None


def load_collection(archive: Path, name: str) -> Collection:
    """One collection of the archive (BEIR's layout: corpus, queries, qrels). Raises CorpusMissing."""
    if not archive.is_file():
        raise CorpusMissing(f"{archive}: the judged collections are not there; --archive names another place")
    with tarfile.open(archive) as tar:
        rows, asked = (_json_lines(tar, f"{name}/{part}.jsonl") for part in ("corpus", "queries"))
        judged = [line.split("\t") for line in _text(tar, f"{name}/qrels.tsv").splitlines()]
    grades: dict[str, dict[str, int]] = defaultdict(dict)
    for query, document, grade in judged:
        if int(grade) > 0:
            grades[query][document] = int(grade)
    articles = tuple(make_article(row["id"], row["title"], row["text"]) for row in rows)
    queries = tuple(Query(row["text"], grades[row["id"]]) for row in asked if grades[row["id"]])
    return Collection(name, articles, queries, answers=1)


def load_articles(content_dir: Path) -> tuple[Article, ...]:
    """The articles of a site. Raises BenchmarkError with their problems."""
    try:
        return tuple(load_now(content_dir).require().articles)
    except InvalidContent as error:
        raise BenchmarkError(str(error)) from error


def load_site(content_dir: Path) -> Collection:
    """The articles of this site and its judged queries, without those that only this project's syntax can ask.

    Raises BenchmarkError.
    """
    articles = load_articles(content_dir)
    path = content_dir / "relevance.toml"
    if not path.is_file():
        raise CorpusMissing(f"{path}: the judged queries of the site are not there; --content names another place")
    queries, problems = parse_relevance(path.read_text(encoding="utf-8"), str(path))
    if problems := (*problems, *check_relevance(queries, articles, str(path))):
        raise BenchmarkError("\n".join(map(str, problems)))
    plain = tuple(Query(query.text, query.articles) for query in queries if _is_plain(query.text))
    return Collection("site", articles, plain, ANSWERS, content_dir / "synonyms.toml")


def _is_plain(text: str) -> bool:
    parsed = parse_query(text)
    clauses = [clause for group in parsed.groups for clause in group.clauses]
    words = [word for clause in clauses for word in (clause.words if isinstance(clause, Phrase) else (clause,))]
    is_joined = len(clauses) > len(parsed.groups)
    has_filter = bool(parsed.filters or parsed.excluded)
    return not (is_joined or has_filter or any(clause.field for clause in clauses) or any(w.is_prefix for w in words))


def make_article(slug: str, title: str, text: str) -> Article:
    """A document as an article: its title, and one section with its text."""
    return Article(
        slug=slug,
        title=title,
        summary="",
        published=PUBLISHED,
        updated=None,
        expires=None,
        tags=(),
        series=None,
        is_featured=False,
        is_draft=False,
        aliases=(),
        authors=(),
        language=None,
        cover=None,
        has_toc=False,
        extra={},
        text=Body(sections=(Section("", "", 1, (Block("prose", text),)),)),
        word_count=len(text.split()),
        reading_minutes=1,
        source=f"{slug}.md",
        digest=slug,
    )


def _text(tar: tarfile.TarFile, name: str) -> str:
    for candidate in (name, f"./{name}"):
        try:
            member = tar.extractfile(candidate)
        except KeyError:
            continue
        if member is not None:
            return member.read().decode()
    raise BenchmarkError(f"{tar.name!s}: it has no file {name}")


def _json_lines(tar: tarfile.TarFile, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in _text(tar, name).splitlines()]
