"""The second stage as the engine sees it: an engine without one answers by words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from services.search.arrays.matching.ranking import Scored
from services.search.engine import Cpu
from services.search.engine_opensearch.cluster.connection import ClusterUnavailable, Connection
from services.search.engine_opensearch.finding.asked import Asked
from services.search.engine_opensearch.finding.candidates import Candidates
from services.search.engine_opensearch.finding.found import Found
from services.search.engine_opensearch.finding.index_reader import IndexReader
from services.search.engine_opensearch.showing.page import Pages, Ranked
from shared.search.contract import SearchQuery, SearchResults


class VectorsUnavailable(ClusterUnavailable):
    """The vectors cannot be asked, or changed while a query was read: the documents may answer all the same."""


class Question(Protocol):
    """One query being read for its meaning."""

    async def begin(self) -> None:
        """Ask what is close to the query. It raises nothing: where that fails, ``order`` does."""
        ...

    async def order(self, asked: Asked, candidates: Candidates, ranked: Ranked) -> Sequence[Scored]:
        """``ranked`` in the order of words and meaning.

        Raises VectorsUnavailable, ClusterUnavailable and Overloaded.
        """
        ...

    async def lead(self, pages: Pages, page: Sequence[Found], results: SearchResults) -> SearchResults:
        """``results`` with the sections and articles that meaning leads to; ``page`` are its hits with their texts.

        Raises ClusterUnavailable and Overloaded.
        """
        ...


class Meaning(Protocol):
    """What reads queries with one state of the vectors."""

    @property
    def version(self) -> str:
        """Names all that decides an answer beside the documents."""
        ...

    @property
    def finds(self) -> bool:
        """Whether it finds articles that no word led to."""
        ...

    def question(self, index: IndexReader, query: SearchQuery, text: str, cpu: Cpu) -> Question | None:
        """What reads ``query``, searched as ``text``, over ``index``; None where it is not read for its meaning."""
        ...


class Stage(Protocol):
    """The second stage of one process: it opens what reads queries, as soon as there are vectors."""

    async def version(self, connection: Connection) -> str:
        """The version of what would read queries now, or "". Raises IndexUnavailable."""
        ...

    async def open(self, connection: Connection) -> Meaning | None:
        """What reads queries with the newest vectors; None where there are none. Raises IndexUnavailable."""
        ...
