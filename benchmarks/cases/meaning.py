"""The cost of the second stage of a search: for words, questions and judged queries, and its parts.

The vectors of the passages are random, because the cost of comparing them does not depend on what is in them, and the
model takes many minutes for those of the large corpus. The model, the index, the articles and the queries are real.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks import ToolMissing
from benchmarks.cases import Workbench
from benchmarks.corpus import Corpus, Size
from benchmarks.engines import perspective
from benchmarks.measuring.figures import Rounds
from benchmarks.measuring.report import Bar, Report, Table, Verdict, milliseconds
from benchmarks.measuring.rounds import Subject, interleave, one_core
from services.search.engine_whoosh.engine import WhooshEngine
from services.search.semantic.embedding import plan
from services.search.semantic.encoder import open_encoder
from services.search.semantic.model import Model, ModelUnusable, load_model
from services.search.semantic.packed import pack
from services.search.semantic.passages import KEY_BYTES
from services.search.semantic.plain import is_plain
from services.search.semantic.ranking import RankedQuery, Ranker
from services.search.semantic.table import ArticleRows, VectorTable
from shared.search.contract import SearchQuery, SearchResults
from shared.web.settings import Settings

QUESTIONS = Path(__file__).parents[1] / "relevance" / "questions.toml"
JUDGED = Path(__file__).parents[2] / "content" / "relevance.toml"
BY_WORDS, BY_MEANING, MODEL, VECTORS = "by words", "by meaning too", "of it: the model", "of it: the vectors"
#: Milliseconds of a whole answer at the median.
BARS_MS = {"small": 6.0, "large": 12.0}


def run(bench: Workbench) -> Report:
    """Words and questions on every corpus. Raises ToolMissing without a model."""
    try:
        model = load_model(Settings().semantic_model)
    except ModelUnusable as error:
        raise ToolMissing(str(error)) from error
    reports = [_measure(bench, size, model) for size in bench.sizes]
    return Report(
        tuple(table for one in reports for table in one.tables),
        tuple(verdict for one in reports for verdict in one.verdicts),
    )


def _measure(bench: Workbench, size: Size, model: Model) -> Report:
    corpus = bench.corpus(size)
    pages = f"{len(corpus.articles):,} pages"
    bench.tell(f"by meaning, {pages}")
    engine = perspective.open_index(bench.index(corpus, perspective.NAME)).engine
    packed = pack(random_vectors(corpus, model))
    ranker = Ranker(model, open_encoder(model), packed)
    tables: list[Table] = []
    verdicts: list[Verdict] = []
    for kind, texts in _texts(corpus).items():
        queries = [SearchQuery(text) for text in texts]
        vectors = [ranker.encoder.encode_query(text) for text in texts]
        works: dict[str, Sequence[Callable[[], object]]] = {
            BY_WORDS: [partial(engine.search, query) for query in queries],
            BY_MEANING: [partial(_read, ranker, engine, query) for query in queries],
            MODEL: [partial(ranker.encoder.encode_query, text) for text in texts],
            VECTORS: [partial(ranker.table.similarities, vector) for vector in vectors],
        }
        with one_core():
            rounds = interleave({name: Subject(own) for name, own in works.items()}, bench.rounds)
        tables.append(_table(f"{kind}, {pages}, in process", rounds, len(packed.scales)))
        measured_ms = rounds[BY_MEANING].percentile(0.5) * 1000
        verdicts.append(Verdict(f"{kind} by meaning, {pages}, p50", measured_ms, Bar(BARS_MS[size], unit="ms")))
    return Report(tuple(tables), tuple(verdicts))


def _read(ranker: Ranker, engine: WhooshEngine, query: SearchQuery) -> SearchResults:
    """One whole answer. Scores of the last query are kept in its RankedQuery, so each has its own."""
    return RankedQuery(ranker, engine, query).results()


def _texts(corpus: Corpus) -> dict[str, list[str]]:
    """The word queries of ``corpus``; and questions and judged queries of another site, of which the length counts.

    The judged queries are those that are ranked by meaning: from one word to a whole question.
    """
    questions, judged = (
        [query["text"] for query in tomllib.loads(file.read_text("utf-8"))["queries"]] for file in (QUESTIONS, JUDGED)
    )
    return {
        "Word queries": [query.text for query in corpus.asked("words")],
        "Judged queries": [text for text in judged if is_plain(SearchQuery(text))],
        "Questions": questions,
    }


def random_vectors(corpus: Corpus, model: Model) -> VectorTable:
    """A vector of length 1 for each passage of ``corpus``, equal in each run."""
    planned = [one for one in plan(corpus.articles, None) if one.keys]
    keys = b"".join(key for one in planned for key in one.keys)
    rows = len(keys) // KEY_BYTES
    dimensions = len(open_encoder(model).encode_query("vector"))
    vectors = np.random.default_rng(0).integers(-127, 128, size=(rows, dimensions), dtype=np.int8)
    lengths = np.sqrt(np.square(vectors, dtype=np.float32).sum(axis=1))
    return VectorTable(
        name="random",
        model=model.digest,
        articles=tuple(ArticleRows(one.article.slug, one.anchors, one.article.digest) for one in planned),
        keys=np.frombuffer(keys, dtype=np.uint8).reshape(rows, KEY_BYTES),
        vectors=vectors,
        scales=(1.0 / lengths).astype(np.float32),
    )


def _table(title: str, rounds: dict[str, Rounds], passages: int) -> Table:
    rows = tuple(
        (name, milliseconds(took.percentile(0.5)), milliseconds(took.percentile(0.95))) for name, took in rounds.items()
    )
    note = f"{passages:,} passages, one core, one thread, whole answers; no cache of answers."
    return Table(title, ("", "p50 ms", "p95 ms"), rows, (note,))
