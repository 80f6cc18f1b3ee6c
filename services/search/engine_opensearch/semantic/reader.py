"""Open the second stage over the vectors of the cluster: the local model, loaded once its vectors exist."""

from __future__ import annotations

import asyncio
from pathlib import Path

from services.search.engine import Cpu
from services.search.engine_opensearch.cluster.connection import Connection, Refused
from services.search.engine_opensearch.finding.index_reader import OWN_COPY, IndexReader
from services.search.engine_opensearch.indexes.generation import BUILDING, GENERATION
from services.search.engine_opensearch.semantic.question import ClusterQuestion, Vectors
from services.search.engine_opensearch.semantic.vectors import VectorState, alias_of, read_state
from services.search.semantic.encoder import open_encoder
from services.search.semantic.model import Encoder, Model, ModelUnusable, load_model, read_card
from services.search.semantic.plain import is_plain
from shared.process.logger import get_logger
from shared.search.contract import SearchQuery

log = get_logger("semantic")


class ClusterMeaning:
    """See Meaning."""

    def __init__(self, vectors: Vectors) -> None:
        self._vectors = vectors

    @property
    def version(self) -> str:
        """See Meaning."""
        return version_of(self._vectors.state, self._vectors.model.thresholds)

    @property
    def finds(self) -> bool:
        """See Meaning."""
        return self._vectors.state.has_knn

    def question(self, index: IndexReader, query: SearchQuery, text: str, cpu: Cpu) -> ClusterQuestion | None:
        """See Meaning."""
        if is_plain(query) and self._vectors.model.supports(query.text):
            return ClusterQuestion(self._vectors, index, text, cpu)
        return None


def version_of(state: VectorState, thresholds: str) -> str:
    """The version of the second stage with the vectors of ``state``."""
    return f"{state.name}-{thresholds}"


class ClusterStage:
    """See Stage. The model is loaded once there are vectors."""

    def __init__(self, prefix: str, folder: Path) -> None:
        """``prefix`` is the prefix of the index names; ``folder`` has the model."""
        self._prefix = prefix
        self._folder = folder
        self._model: tuple[float, Model] | None = None
        self._encoder: tuple[str, Encoder] | None = None
        #: Why the model cannot be used, as last logged.
        self._problem = ""

    async def version(self, connection: Connection) -> str:
        """See Stage."""
        model = await asyncio.to_thread(self._usable)
        state = await self._state(connection, model) if model else None
        return version_of(state, model.thresholds) if model and state else ""

    async def open(self, connection: Connection) -> ClusterMeaning | None:
        """See Stage."""
        model = await asyncio.to_thread(self._usable)
        state = await self._state(connection, model) if model else None
        if model is None or state is None:
            return None
        encoder = await asyncio.to_thread(self._opened, model)
        if encoder is None:
            return None
        index = IndexReader(connection, alias_of(self._prefix, model.digest))
        return ClusterMeaning(Vectors(model, encoder, index, state))

    async def _state(self, connection: Connection, model: Model) -> VectorState | None:
        path = f"/{alias_of(self._prefix, model.digest)}/_doc/{GENERATION}"
        try:
            found = await connection.request("GET", path, params={"realtime": "false", **OWN_COPY})
        except Refused as error:
            if error.status == 404:
                return None
            raise
        state = read_state(found["_source"])
        return state if state.done and not state.name.startswith(BUILDING) else None

    def _usable(self) -> Model | None:
        """The model in the folder, read again when its card changes. Reads files."""
        try:
            card = read_card(self._folder)
            changed = (self._folder / "model.toml").stat().st_mtime
            if self._model is None or self._model[0] != changed:
                self._model = changed, load_model(self._folder)
            return self._model[1].with_card(card)
        except (ModelUnusable, OSError) as error:
            self._report(str(error))
            return None

    def _opened(self, model: Model) -> Encoder | None:
        """The encoder of ``model``, warm. Takes a fifth of a second."""
        if self._encoder is None or self._encoder[0] != model.digest:
            try:
                encoder = open_encoder(model)
            except ModelUnusable as error:
                self._report(str(error))
                return None
            encoder.encode_query("warm")  # the first call is slow
            log.info("queries are ranked by meaning", model=model.name)
            self._encoder = model.digest, encoder
        return self._encoder[1]

    def _report(self, problem: str) -> None:
        if problem != self._problem:
            log.warning("queries are ranked by words alone", reason=problem)
        self._problem = problem
