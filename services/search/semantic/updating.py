"""Keep vectors up to date with the index, in a thread of the indexer at low priority."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial

from services.search.engine import SearchError
from services.search.second_stage import StageState, log_off
from services.search.semantic.embedding import Progress, embed_articles, plan
from services.search.semantic.model import Encoder, Model, ModelUnusable, load_model
from services.search.semantic.store import SnapshotStore
from shared.content.article import Article
from shared.process.logger import get_logger
from shared.process.memory import release_memory
from shared.web.settings import Settings

#: With PERSPECTIVE_SEMANTIC=auto, a site with more passages than this is ranked by words alone.
MAX_PASSAGES_AUTO = 50_000
#: From this many articles on, a site without vectors is sampled before all of it is parsed to count its passages: it is
#: refused if this many articles, spread over it, say that it has SURELY times the limit.
SAMPLED_FROM, SAMPLE, SURELY = 1_000, 200, 1.25
#: A refused site is counted again when it has less than this share of its articles.
SHRUNK = 0.8
#: The cost of a passage, for the log line that states it: seconds of one core, bytes on the disk and in memory.
PASSAGE_S = 0.05
PASSAGE_BYTES = 420
#: The shortest interval between reports of progress, in seconds.
TELL_S = 1.0
#: The pause before another attempt to reach a store, in seconds.
RETRY_S = 30.0
#: The niceness of the thread: answers come first.
NICENESS = 15

log = get_logger("semantic")


class VectorUpdater:
    """The ArticleFollower that keeps the vectors up to date. ``report`` is called with each state."""

    def __init__(
        self,
        settings: Settings,
        store: SnapshotStore,
        report: Callable[[StageState], None] = lambda _state: None,
        *,
        retry_s: float = RETRY_S,
    ) -> None:
        self._settings = settings
        self._report_state = report
        self._store = store
        self._retry_s = retry_s
        self._lock = threading.Lock()
        self._is_new = threading.Event()
        self._waiting: tuple[tuple[Article, ...], str] | None = None
        self._thread: threading.Thread | None = None
        self._told_at = 0.0
        self._said_off: StageState | None = None
        #: Why the site was too large for vectors, and how many articles it had: an edit does not parse them again.
        self._refused: tuple[str, int] | None = None

    def follow(self, articles: Iterable[Article], language: str) -> None:
        """See ArticleFollower."""
        with self._lock:
            self._waiting = tuple(articles), language
            self._is_new.set()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="vectors", daemon=True)
                self._thread.start()

    def _next(self) -> tuple[tuple[Article, ...], str] | None:
        """The next articles to work on; None ends the thread."""
        with self._lock:
            waiting, self._waiting = self._waiting, None
            self._is_new.clear()
            if waiting is None:
                self._thread = None
            return waiting

    def _run(self) -> None:
        # On Linux each thread has a niceness of its own; elsewhere it is unchanged.
        with contextlib.suppress(OSError, AttributeError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
        while (work := self._next()) is not None:
            state = self._made(*work)
            if self._waiting is None:
                if state.is_off and state != self._said_off:  # an edit does not say it again
                    log_off(state)
                self._said_off = state if state.is_off else None
                self._report_state(state)
        release_memory()

    def _made(self, articles: Iterable[Article], language: str) -> StageState:
        """Compute the vectors and return the result. If the store cannot be reached, retry until it can."""
        while True:
            try:
                return self._make(articles, language, None)
            except SearchError as error:
                state = self._off(f"{error}; it is tried again in {self._retry_s:g} s")
                log.warning("vectors not made", reason=str(error), retry_in_s=self._retry_s)
            except (ModelUnusable, OSError) as error:
                return self._off(str(error))
            except Exception as error:
                log.exception("vectors not made")
                return self._off(repr(error))
            self._report_state(state)
            if self._is_new.wait(self._retry_s):
                return state

    def make(self, articles: Iterable[Article], language: str, progress: Progress | None = None) -> StageState:
        """Compute the vectors of ``articles``, blocking; return the result. Newer articles interrupt it."""
        try:
            return self._make(articles, language, progress)
        except (ModelUnusable, OSError, SearchError) as error:
            return self._off(str(error))

    def _make(self, articles: Iterable[Article], language: str, progress: Progress | None) -> StageState:
        model = load_model(self._settings.semantic_model)
        with self._store.writing():
            return self._written(model, tuple(articles), language, progress)

    def _written(
        self, model: Model, articles: Iterable[Article], language: str, progress: Progress | None
    ) -> StageState:
        before = self._store.open(model.digest)
        read = [one for one in articles if model.supports_language(one.language or language)]
        if self._settings.semantic == "auto" and before is None and (why := self._too_large(read)):
            return self._off(why)
        planned = plan(read, before)
        total = sum(len(one.keys) for one in planned)
        if not total:
            self._store.remove()
            reads = ", ".join(model.languages) or "any language"
            return self._off(f"{model.name} reads {reads}, and no article is in it")
        if total > MAX_PASSAGES_AUTO and self._settings.semantic == "auto":
            self._store.remove()
            self._refused = too_many(total), len(read)
            return self._off(too_many(total))
        embed_articles(
            planned,
            model,
            partial(_open_encoder, model),
            self._store,
            before,
            progress=progress or partial(self._report, model.name),
            is_stale=lambda: self._waiting is not None,
        )
        return StageState(f"{model.name}: all {total} passages have vectors{self._store.limits}")

    def _too_large(self, articles: Sequence[Article]) -> str | None:
        """Why a site without vectors is too large for them, from before or from a sample; None if it may not be."""
        if self._refused and len(articles) >= SHRUNK * self._refused[1]:
            return self._refused[0]
        self._refused = None
        if len(articles) >= SAMPLED_FROM:
            sample = articles[:: len(articles) // SAMPLE]
            estimate = sum(len(one.keys) for one in plan(sample, None)) * len(articles) // len(sample)
            if estimate > SURELY * MAX_PASSAGES_AUTO:
                self._refused = too_many(int(float(f"{estimate:.2g}")), "about "), len(articles)
                return self._refused[0]
        return None

    def _report(self, name: str, done: int, total: int) -> None:
        """Report progress once a second."""
        if done < total and time.monotonic() - self._told_at >= TELL_S:
            self._told_at = time.monotonic()
            self._report_state(StageState(f"{name}: {done} of {total} passages have vectors"))

    def _off(self, why: str) -> StageState:
        return StageState(f"off: {why}", is_off=True, is_fault=self._settings.semantic == "on")


def _open_encoder(model: Model) -> Encoder:
    from services.search.semantic.encoder import open_encoder  # noqa: PLC0415 - 25 MB, only if a vector is missing

    return open_encoder(model)


def too_many(passages: int, about: str = "") -> str:
    """Why a large site is ranked by words alone, and the cost of turning the second stage on."""
    minutes, megabytes = round(passages * PASSAGE_S / 60), round(passages * PASSAGE_BYTES / 1_000_000)
    return (
        f"{about}{passages:,} passages are more than {MAX_PASSAGES_AUTO:,}: PERSPECTIVE_SEMANTIC=on makes their "
        f"vectors in about {minutes} minutes of one core, and takes {megabytes} MB"
    )
