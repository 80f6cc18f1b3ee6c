"""Articles → snapshots of vectors: the newest articles first, a snapshot every few seconds.

It may be killed at any time: the vectors of the last snapshot are reused.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.search.semantic.model import Encoder, Model
from services.search.semantic.passages import KEY_BYTES, Passage, passages_of
from services.search.semantic.store import SnapshotStore, snapshot_name
from services.search.semantic.table import ArticleRows, VectorTable, quantize
from shared.content.article import Article
from shared.content.problem import ContentError

#: The shortest interval between snapshots, in seconds.
SAVE_S = 5.0
#: The interval is at least this multiple of the time to write a snapshot: writing takes a twentieth of the time.
WRITING_PAUSE = 20
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Planned:
    """An article with the anchors and keys of its passages, in reading order."""

    article: Article
    anchors: tuple[str, ...]
    keys: tuple[bytes, ...]


def plan(articles: Iterable[Article], before: VectorTable | None) -> tuple[Planned, ...]:
    """The articles with their passages, newest first (drafts before all), then by slug.

    An article that is complete in ``before``, of the same model, is not split into passages again, which may require
    parsing it.
    """
    known = {} if before is None else _complete(before)
    found = []
    for article in sorted(articles, key=_newest_first):
        if article.digest in known:
            anchors, keys = known[article.digest]
        else:
            passages = _passages(article)
            anchors, keys = tuple(one.anchor for one in passages), tuple(one.key for one in passages)
        found.append(Planned(article, anchors, keys))
    return tuple(found)


def _passages(article: Article) -> tuple[Passage, ...]:
    """The passages of ``article``; none if its file has changed: the next sync brings the new version."""
    try:
        return tuple(passages_of(article))
    except ContentError:
        return ()


def _complete(table: VectorTable) -> dict[str, tuple[tuple[str, ...], tuple[bytes, ...]]]:
    """Anchors and keys of the articles that have all their vectors, by digest."""
    joined = table.keys.tobytes()
    keys = [joined[at : at + KEY_BYTES] for at in range(0, len(joined), KEY_BYTES)]
    boundaries = zip(table.articles, table.rows.firsts, table.rows.firsts[1:], strict=False)
    return {one.digest: (one.anchors, tuple(keys[first:last])) for one, first, last in boundaries if one.digest}


def _newest_first(article: Article) -> tuple[float, str]:
    return -article.published.timestamp() if article.published else float("-inf"), article.slug


class Vectors:
    """The vectors made so far, by key."""

    def __init__(self, table: VectorTable | None) -> None:
        self._made: dict[bytes, tuple[npt.NDArray[np.int8], np.float32]] = {}
        if table is not None:
            keys = table.keys.tobytes()
            for row in range(len(table.vectors)):
                key = keys[row * KEY_BYTES : (row + 1) * KEY_BYTES]
                self._made[key] = (table.vectors[row], table.scales[row])

    def __contains__(self, key: bytes) -> bool:
        return key in self._made

    def add(self, key: bytes, vector: npt.NDArray[np.float32]) -> None:
        """Add the vector of the passage with ``key``."""
        self._made[key] = quantize(vector)

    def table(self, planned: Iterable[Planned], model: str) -> VectorTable:
        """A snapshot of the vectors for ``planned``."""
        articles: list[ArticleRows] = []
        keys: list[bytes] = []
        for one in planned:
            made = [(anchor, key) for anchor, key in zip(one.anchors, one.keys, strict=True) if key in self._made]
            if made:
                digest = one.article.digest if len(made) == len(one.keys) else ""
                articles.append(ArticleRows(one.article.slug, tuple(anchor for anchor, _ in made), digest))
                keys += [key for _, key in made]
        rows = [self._made[key] for key in keys]
        joined = b"".join(keys)
        return VectorTable(
            name=snapshot_name(model, tuple(articles), joined),
            model=model,
            articles=tuple(articles),
            keys=np.frombuffer(joined, dtype=np.uint8).reshape(len(keys), KEY_BYTES),
            vectors=np.array([vector for vector, _ in rows], dtype=np.int8).reshape(len(rows), -1 if rows else 0),
            scales=np.array([scale for _, scale in rows], dtype=np.float32),
        )


def embed_articles(
    planned: tuple[Planned, ...],
    model: Model,
    open_model: Callable[[], Encoder],
    store: SnapshotStore,
    before: VectorTable | None,
    *,
    progress: Progress,
    is_stale: Callable[[], bool] = lambda: False,
    clock: Callable[[], float] = time.monotonic,
) -> bool:
    """Write the vectors of ``planned`` as the newest snapshot of ``store``; those of the same model are reused.

    Returns False if ``is_stale`` interrupted it. ``open_model`` is called only if a vector is missing. Raises OSError,
    and what ``open_model`` raises.
    """
    vectors = Vectors(before)
    total = sum(len(one.keys) for one in planned)
    saver = _Saver(lambda: store.write(vectors.table(planned, model.digest), total), clock)
    done = total - sum(key not in vectors for one in planned for key in one.keys)
    saver.save()
    progress(done, total)
    encoder: Encoder | None = None
    for passage, key in _missing(planned, vectors):
        if is_stale():
            saver.save()
            return False
        encoder = encoder or open_model()
        vectors.add(key, encoder.encode_passage(passage.text))
        done += 1
        progress(done, total)
        saver.save_in_time()
    saver.save()
    return True


def _missing(planned: Iterable[Planned], vectors: Vectors) -> Iterator[tuple[Passage, bytes]]:
    """The passages without a vector, each text once. Only articles that lack one are split into passages again."""
    for one in planned:
        if all(key in vectors for key in one.keys):
            continue
        for passage, key in zip(_passages(one.article), one.keys, strict=False):
            if key not in vectors:
                yield passage, key


class _Saver:
    """Writes snapshots with ``write``, for a small share of the time."""

    def __init__(self, write: Callable[[], None], clock: Callable[[], float]) -> None:
        self._write = write
        self._clock = clock
        self._due = 0.0

    def save_in_time(self) -> None:
        """Write a snapshot if the last one is old enough."""
        if self._clock() >= self._due:
            self.save()

    def save(self) -> None:
        """Write a snapshot."""
        started = self._clock()
        self._write()
        now = self._clock()
        self._due = now + max(SAVE_S, WRITING_PAUSE * (now - started))
