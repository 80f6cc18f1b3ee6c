"""Generations on disk: where they live, how one replaces another, and how the index is brought up to date.

    INDEX_DIR/CURRENT                 names the newest complete generation (JSON, replaced atomically)
    INDEX_DIR/LOCK                    held by the one process that writes
    INDEX_DIR/{digest}-{random}/      one Whoosh index; the digest names schema and analysis

A change is committed by Whoosh as a new table of contents, then CURRENT is renamed into place, and only then is the
generation before it removed. A full rebuild (another digest, a damaged index) goes into a directory of its own, and
CURRENT moves over to it. Readers follow CURRENT alone.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import inspect
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import structlog
from whoosh.filedb.filestore import FileStorage
from whoosh.index import FileIndex

from services.search import analysis, analysis_compounds, analysis_folding, analysis_stemming, documents, schema
from services.search.engine import IndexNotWritable, IndexUnavailable, SearchEngine, SyncReport
from services.search.indexing import Change, plan_changes
from services.search.synonyms import Synonyms
from services.search.whoosh_engine import document_arrays, flat, pack, phrases, strings
from services.search.whoosh_engine.array_file import ArrayFile, DamagedArrayFile
from services.search.whoosh_engine.build import BuildProgress, build_flats
from services.search.whoosh_engine.codec import INDEX_NAME, PackedSegment, PackedWriter, whoosh_schema
from services.search.whoosh_engine.current import (
    Current,
    digest_file,
    fsync_directory,
    read_current,
    read_segments,
    remove_leftovers,
    storage_of,
    toc_path,
    write_current,
)
from services.search.whoosh_engine.engine import WhooshEngine
from services.search.whoosh_engine.generation import Generation
from services.search.whoosh_engine.known import Known, generation_name, known_after

log = structlog.get_logger(__name__)

_MODULES: tuple[ModuleType, ...] = (
    analysis,
    analysis_compounds,
    analysis_folding,
    analysis_stemming,
    documents,
    document_arrays,
    flat,
    pack,
    phrases,
    schema,
    strings,
)

#: Small segments gather up to this many before they are merged into one: each costs every query some 50 µs.
MAX_SMALL_SEGMENTS = 3
#: A segment with fewer documents than this, or a tenth of the largest, is small.
SMALL_SEGMENT_DOCUMENTS = 100
#: A segment is rewritten when more than this share of it is deleted.
MAX_DELETED_SHARE = 0.3


def index_digest() -> str:
    """Names how articles become postings, by the source of every module with a part in it: 16 hexadecimal digits."""
    sources = (inspect.getsource(module) for module in _MODULES)
    return hashlib.sha256("\0".join(sources).encode()).hexdigest()[:16]


class WhooshIndexStore:
    """The IndexStore of the embedded engine. See the Protocol for its contract."""

    def __init__(self, directory: Path, synonyms_path: Path | None = None) -> None:
        self._directory = directory
        self._synonyms_path = synonyms_path
        self._digest = index_digest()
        #: What the last sync left, so that the next one reads none of it: digests and numbers by slug.
        self._known: Known | None = None
        #: Why CURRENT could not be read when it was last tried.
        self._unreadable = ""

    # -- reading -----------------------------------------------------------------------------------------------------

    def current(self) -> str | None:
        """The name of the newest complete generation of this schema, or None."""
        current = self._read_current()
        return self._named(current.generation) if current else None

    def open(self) -> SearchEngine:
        """Open the newest complete generation. Raises IndexUnavailable."""
        current = self._read_current()
        if current is None:
            raise IndexUnavailable(f"{self._directory}: there is no index yet")
        for attempt in range(5):
            try:
                return self._open(current)
            except (DamagedArrayFile, OSError, ValueError, EOFError) as error:
                # A writer may have replaced the generation between the two reads.
                again = self._read_current()
                if again is None or again == current or attempt == 4:
                    raise IndexUnavailable(f"{self._directory}: the index cannot be read: {error}") from error
                current = again
        raise AssertionError("unreachable")

    def _open(self, current: Current) -> WhooshEngine:
        segments = read_segments(self._directory, current)
        storage = storage_of(self._directory / current.directory)
        generation = Generation(
            [(segment.path(storage), tuple(segment.deleted_docs())) for segment in segments],
            name=self._named(current.generation),
            updated=datetime.fromisoformat(current.updated),
        )
        return WhooshEngine(generation, Synonyms.load(self._synonyms_path))

    def _named(self, generation: str) -> str:
        """The name of a generation together with the synonyms: equal names mean equal answers."""
        try:
            synonyms = self._synonyms_path.read_bytes() if self._synonyms_path else b""
        except OSError:
            synonyms = b""
        return f"{generation}-{hashlib.sha256(synonyms).hexdigest()[:8]}" if synonyms else generation

    def _read_current(self) -> Current | None:
        try:
            current = read_current(self._directory)
        except (OSError, ValueError, TypeError) as error:
            # Asked twice a second, the same damaged file is one event.
            if str(error) != self._unreadable:
                log.warning("index pointer unreadable", path=str(self._directory / "CURRENT"), error=str(error))
            self._unreadable = str(error)
            return None
        self._unreadable = ""
        return current if current is not None and current.directory.startswith(self._digest) else None

    # -- writing -----------------------------------------------------------------------------------------------------

    def sync(self, articles: Iterable[Any], progress: Callable[[int, int], None] | None = None) -> SyncReport:
        """Bring the index up to date. Raises IndexNotWritable."""
        started = time.perf_counter()
        try:
            with self._lock():
                return self._sync(tuple(articles), progress or (lambda _done, _total: None), started)
        except OSError as error:
            raise IndexNotWritable(_why_not_writable(self._directory, error)) from error

    def _sync(self, articles: tuple[Any, ...], progress: Callable[[int, int], None], started: float) -> SyncReport:
        current = self._read_current()
        known = self._indexed(current)
        if current is None or known is None:
            known, before, is_rebuild = ({}, {}), [], True
            folder = self._directory / f"{self._digest}-{secrets.token_hex(4)}"
        else:
            before, is_rebuild = read_segments(self._directory, current), False
            folder = self._directory / current.directory
        digests, numbers = known
        change = plan_changes(digests, articles)
        if current is not None and change.is_empty and not is_rebuild:
            self._known = Known(current, digests, numbers)
            return SyncReport(self._named(current.generation), 0, 0, 0, time.perf_counter() - started)
        self._known = None
        name = generation_name(self._digest, articles)
        try:
            index = self._create(folder) if is_rebuild else self._continue(folder)
            self._apply(index, change, numbers, progress)
            current = self._publish(folder, index.latest_generation(), name)
        finally:
            # After a failure too: what was begun takes up room, which may be just what is missing.
            self._remove_others(folder)
        after = read_segments(self._directory, current)
        self._known = known_after(Known(current, digests, numbers), change, before, after)
        counts = len(change.added), len(change.changed), len(change.removed)
        return SyncReport(self._named(name), *counts, time.perf_counter() - started)

    def _create(self, folder: Path) -> FileIndex:
        folder.mkdir()
        return FileIndex.create(_DurableStorage(str(folder)), whoosh_schema(), INDEX_NAME)

    def _continue(self, folder: Path) -> FileIndex:
        # Whoosh goes on from the newest table of contents: one that never became CURRENT must not be it.
        self._remove_others(folder)
        return FileIndex(_DurableStorage(str(folder)), indexname=INDEX_NAME)

    def _apply(
        self, index: FileIndex, change: Change, numbers: dict[str, int], progress: Callable[[int, int], None]
    ) -> None:
        writer = PackedWriter(index)
        try:
            for slug in change.removed:
                writer.delete_document(numbers[slug])
            for article in change.changed:
                writer.delete_document(numbers[article.slug])
            for built in build_flats((*change.added, *change.changed), BuildProgress(progress)):
                writer.add_flat(built)
        except BaseException:
            writer.cancel()
            raise
        writer.commit(mergetype=_merge_policy)

    def _indexed(self, current: Current | None) -> tuple[dict[str, str], dict[str, int]] | None:
        """Digest and document number by slug of the current generation, or None where it must be rebuilt."""
        if current is None:
            return None
        if self._known and self._known.current == current and self._is_whole(current):
            return self._known.digests, self._known.numbers
        try:
            found = self._open(current).generation_data.digests()
        except Exception as error:  # noqa: BLE001 - damage may show in any way, and building again is the answer to all
            log.warning("index damaged, building it again", directory=str(self._directory), error=str(error))
            return None
        return {slug: digest for slug, (digest, _) in found.items()}, {slug: at for slug, (_, at) in found.items()}

    def _is_whole(self, current: Current) -> bool:
        """Whether the files of ``current`` are all there, and as long as they were."""
        storage = storage_of(self._directory / current.directory)
        try:
            for segment in read_segments(self._directory, current):
                ArrayFile(segment.path(storage))
        except (DamagedArrayFile, OSError, ValueError, EOFError):
            return False
        return True

    def _publish(self, folder: Path, toc: int, name: str) -> Current:
        digest = digest_file(toc_path(folder, toc))
        current = Current(folder.name, toc, digest, name, datetime.now(UTC).isoformat())
        write_current(self._directory, current)
        return current

    def _remove_others(self, written: Path) -> None:
        """Remove what is no part of the generation that CURRENT names: the one before it, and what was given up.

        Directories of another schema go when there is a generation of this one, which takes over from them.
        """
        current = self._read_current()
        with contextlib.suppress(OSError, DamagedArrayFile):  # what stays is removed with the next change
            if current is None:
                shutil.rmtree(written)
                return
            for path in self._directory.iterdir():
                if path.is_dir() and "-" in path.name and path.name != current.directory:
                    shutil.rmtree(path, ignore_errors=True)
            remove_leftovers(self._directory, current, read_segments(self._directory, current))

    @contextlib.contextmanager
    def _lock(self) -> Iterator[None]:
        self._directory.mkdir(parents=True, exist_ok=True)
        with (self._directory / "LOCK").open("wb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


class _DurableStorage(FileStorage):  # type: ignore[misc] # whoosh has no types
    """Files reach the disk before they get the name under which readers find them."""

    def rename_file(self, oldname: str, newname: str, safe: bool = False) -> None:  # noqa: FBT001, FBT002 # whoosh's signature
        with Path(self.folder, oldname).open("rb") as file:
            os.fsync(file.fileno())
        super().rename_file(oldname, newname, safe=safe)
        fsync_directory(Path(self.folder))


def _merge_policy(writer: PackedWriter, segments: list[PackedSegment]) -> list[PackedSegment]:
    """Which segments stay; the others are merged into the new one. Called by Whoosh at commit."""
    largest = max((segment.doc_count_all() for segment in segments), default=0)
    limit = max(SMALL_SEGMENT_DOCUMENTS, largest // 10)
    small = [segment for segment in segments if segment.doc_count_all() < limit and segment.doc_count_all() < largest]
    merged = small if len(small) >= MAX_SMALL_SEGMENTS else []
    kept = []
    for segment in segments:
        if segment.doc_count() == 0:
            continue
        if segment in merged or segment.deleted_count() > segment.doc_count_all() * MAX_DELETED_SHARE:
            writer.merge_segment(segment)
        else:
            kept.append(segment)
    return kept


def _why_not_writable(directory: Path, error: OSError) -> str:
    reasons = {
        errno.ENOSPC: "the disk is full: free space there",
        errno.EDQUOT: "the disk quota is used up: free space there",
        errno.EROFS: "the file system is read-only: mount it writable or set PERSPECTIVE_INDEX_DIR",
        errno.EACCES: "permission denied: let this user write there or set PERSPECTIVE_INDEX_DIR",
        errno.ENOTDIR: "it is not a directory: remove it or set PERSPECTIVE_INDEX_DIR",
        errno.EEXIST: "it is not a directory: remove it or set PERSPECTIVE_INDEX_DIR",
    }
    return f"{directory}: the index cannot be written: {reasons.get(error.errno or 0, str(error))}"
