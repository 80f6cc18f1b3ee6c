"""The port of the second stage: an engine without one ranks by words alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from services.search.arrays.matching.ranking import Scored
from services.search.engine import Cpu
from services.search.engine_opensearch.cluster.connection import ClusterUnavailable, Connection
from services.search.engine_opensearch.finding.asked import Asked
from services.search.engine_opensearch.finding.candidates import Candidates
from services.search.engine_opensearch.finding.hit import ClusterHit
from services.search.engine_opensearch.finding.index_reader import IndexReader
from services.search.engine_opensearch.showing.page import Pages, Ranked
from shared.search.contract import SearchQuery, SearchResults


class VectorsUnavailable(ClusterUnavailable):
    """The vectors cannot be read, or changed while a query was read: the documents can still answer."""


class Question(Protocol):
    """One query in progress, to be ranked by meaning."""

    async def begin(self) -> None:
        """Start the requests for vectors close to the query. Raises nothing: if one fails, ``order`` raises."""
        ...

    async def order(self, asked: Asked, candidates: Candidates, ranked: Ranked) -> Sequence[Scored]:
        """Reorder ``ranked`` by words and meaning.

        Raises VectorsUnavailable, ClusterUnavailable and Overloaded.
        """
        ...

    async def complete(self, pages: Pages, page: Sequence[ClusterHit], results: SearchResults) -> SearchResults:
        """Add the closest sections and articles to ``results``; ``page`` has its hits with their texts.

        Raises ClusterUnavailable and Overloaded.
        """
        ...


class Meaning(Protocol):
    """The second stage with one state of the vectors."""

    @property
    def version(self) -> str:
        """The name of everything beside the documents that decides an answer."""
        ...

    @property
    def finds(self) -> bool:
        """Whether it finds articles that no word matched."""
        ...

    def question(self, index: IndexReader, query: SearchQuery, text: str, cpu: Cpu) -> Question | None:
        """The question for ``query``, searched as ``text``, over ``index``; None if words alone rank it."""
        ...


class Stage(Protocol):
    """The second stage of one process: it opens a Meaning as soon as there are vectors."""

    async def version(self, connection: Connection) -> str:
        """The version of the Meaning that ``open`` would open now, or "". Raises IndexUnavailable."""
        ...

    async def open(self, connection: Connection) -> Meaning | None:
        """Open the newest vectors; None if there are none. Raises IndexUnavailable."""
        ...
