"""How the index is brought up to date, and how one generation replaces another: the part that needs Whoosh.

A change is committed by Whoosh as a new table of contents, then CURRENT is renamed into place, and only then is the
generation before it removed. A full rebuild (another digest, a damaged index) goes into a directory of its own, and
CURRENT moves over to it.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import secrets
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from whoosh.filedb.filestore import FileStorage
from whoosh.index import TOC, FileIndex

from services.search.engine import IndexNotWritable, SyncReport
from services.search.engine_whoosh.segment.generation import open_generation
from services.search.engine_whoosh.store.array_file import ArrayFile, DamagedArrayFile
from services.search.engine_whoosh.store.build import Progress, build_flats, uncollected
from services.search.engine_whoosh.store.codec import PackedSegment, PackedWriter, whoosh_schema
from services.search.engine_whoosh.store.current import (
    INDEX_NAME,
    Current,
    SegmentFile,
    digest_file,
    fsync_directory,
    remove_leftovers,
    segment_paths,
    toc_path,
    write_current,
)
from services.search.engine_whoosh.store.known import Known, generation_name, known_after
from services.search.engine_whoosh.store.pointer import Pointer
from services.search.indexing.changes import Change, plan_changes, stages
from shared.content.article import Article
from shared.process.logger import get_logger

log = get_logger("index")

#: Small segments gather up to this many before they are merged into one: each costs every query some 50 µs.
MAX_SMALL_SEGMENTS = 3
#: A segment with fewer documents than this, or a tenth of the largest, is small.
SMALL_SEGMENT_DOCUMENTS = 100
#: A segment is rewritten when more than this share of it is deleted.
MAX_DELETED_SHARE = 0.3


class IndexWriter:
    """Writes the generations of one index directory: one process at a time."""

    def __init__(self, pointer: Pointer) -> None:
        self._pointer = pointer
        self._directory = pointer.directory
        self._digest = pointer.digest
        #: What the last sync left, so that the next one reads none of it: digests and numbers by slug.
        self._known: Known | None = None

    def sync(self, articles: Iterable[Article], progress: Callable[[int, int], None] | None = None) -> SyncReport:
        """Make the index hold exactly ``articles``; see IndexStore. ``generation`` is without the synonyms' part.

        Raises IndexNotWritable.
        """
        started = time.perf_counter()
        try:
            with self._lock():
                return self._sync(tuple(articles), progress or (lambda _done, _total: None), started)
        except OSError as error:
            raise IndexNotWritable(_why_not_writable(self._directory, error)) from error

    def _sync(self, articles: tuple[Article, ...], progress: Progress, started: float) -> SyncReport:
        indexed = self._indexed(self._pointer.read())
        change = plan_changes(indexed.digests if indexed else {}, articles)
        # An empty index is an index.
        steps = stages(change) or ([] if indexed else [change])
        counts, done = Counter[str](), 0
        for number, step in enumerate(steps, start=1):
            tell = partial(_tell, progress, done, change.count)
            counts.update(self._write(step, len(articles), tell, merges_all=1 < number == len(steps)))
            done += step.count
        current = self._pointer.read()
        if current is None:
            raise FileNotFoundError(errno.ENOENT, "the index was removed while it was written", str(self._directory))
        return SyncReport(
            current.generation, counts["added"], counts["changed"], counts["removed"], time.perf_counter() - started
        )

    def _write(self, change: Change, wanted: int, progress: Progress, *, merges_all: bool) -> dict[str, int]:
        """Write ``change`` and publish it as a generation of an index of ``wanted`` articles; how many of each kind."""
        current = self._pointer.read()
        indexed = self._indexed(current)
        if current is None or indexed is None:
            indexed, before = Known(None, {}, {}), []
            folder = self._directory / f"{self._digest}-{secrets.token_hex(4)}"
        else:
            before, folder = read_segments(self._directory, current), self._directory / current.directory
        self._known = None
        try:
            index = self._continue(folder) if indexed.current else self._create(folder)
            with uncollected():
                made = self._apply(index, change, indexed.numbers, progress, merges_all=merges_all)
            after = read_toc(folder, index.latest_generation())
            known = known_after(indexed, made, before, after)
            name = generation_name(self._digest, known.digests)
            current = self._publish(folder, index.latest_generation(), after, name, wanted)
        finally:
            # After a failure too: what was begun takes up room, which may be just what is missing.
            self._remove_others(folder)
        self._known = replace(known, current=current)
        return {"added": len(made.added), "changed": len(made.changed), "removed": len(made.removed)}

    def _create(self, folder: Path) -> FileIndex:
        folder.mkdir()
        return FileIndex.create(_DurableStorage(str(folder)), whoosh_schema(), INDEX_NAME)

    def _continue(self, folder: Path) -> FileIndex:
        # Whoosh goes on from the newest table of contents: one that never became CURRENT must not be it.
        self._remove_others(folder)
        return FileIndex(_DurableStorage(str(folder)), indexname=INDEX_NAME)

    def _apply(
        self, index: FileIndex, change: Change, numbers: Mapping[str, int], progress: Progress, *, merges_all: bool
    ) -> Change:
        """Write ``change``; what of it was written: an article whose file changed meanwhile stays as it was."""
        writer = PackedWriter(index)
        built: list[Article] = []
        try:
            for one in build_flats((*change.added, *change.changed), progress):
                writer.add_flat(one.flat)
                built += one.articles
            made = change.only(built)
            for slug in (*made.removed, *(article.slug for article in made.changed)):
                writer.delete_document(numbers[slug])
        except BaseException:
            writer.cancel()
            raise
        writer.commit(mergetype=partial(_merge_policy, merges_all=merges_all))
        return made

    def _indexed(self, current: Current | None) -> Known | None:
        """What the current generation holds, or None where there is none or it must be rebuilt."""
        if current is None:
            return None
        if self._known and self._known.current == current and self._known.numbers and self._is_whole(current):
            return self._known
        try:
            read_segments(self._directory, current)
            found = open_generation(self._directory, current, name="").digests()
        except Exception as error:  # noqa: BLE001 - damage may show in any way, and building again is the answer to all
            log.warning("index damaged, building it again", directory=str(self._directory), error=str(error))
            return None
        digests = {slug: digest for slug, (digest, _) in found.items()}
        self._known = Known(current, digests, {slug: at for slug, (_, at) in found.items()})
        return self._known

    def _is_whole(self, current: Current) -> bool:
        """Whether the files of ``current`` are all there, and as long as they were."""
        try:
            read_segments(self._directory, current)
            for path in segment_paths(self._directory, current):
                ArrayFile(path)
        except (DamagedArrayFile, OSError, ValueError, EOFError):
            return False
        return True

    def _publish(self, folder: Path, toc: int, segments: Sequence[PackedSegment], name: str, wanted: int) -> Current:
        current = Current(
            directory=folder.name,
            toc=toc,
            toc_digest=digest_file(toc_path(folder, toc)),
            generation=name,
            wanted=wanted,
            updated=datetime.now(UTC).isoformat(),
            segments=tuple(SegmentFile(one.file_name, tuple(sorted(one.deleted_docs()))) for one in segments),
        )
        write_current(self._directory, current)
        return current

    def _remove_others(self, written: Path) -> None:
        """Remove what is no part of the generation that CURRENT names: the one before it, and what was given up.

        Directories of another schema go when there is a generation of this one, which takes over from them.
        """
        current = self._pointer.read()
        with contextlib.suppress(OSError):  # what stays is removed with the next change
            if current is None:
                shutil.rmtree(written)
                return
            for path in self._directory.iterdir():
                if path.is_dir() and "-" in path.name and path.name != current.directory:
                    shutil.rmtree(path, ignore_errors=True)
            remove_leftovers(self._directory, current)

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


def read_segments(directory: Path, current: Current) -> list[PackedSegment]:
    """The segments of a generation as Whoosh knows them. Raises DamagedArrayFile, OSError."""
    path = toc_path(directory / current.directory, current.toc)
    if digest_file(path) != current.toc_digest:
        raise DamagedArrayFile(f"{path.name}: not what was written")
    return read_toc(path.parent, current.toc)


def read_toc(folder: Path, toc: int) -> list[PackedSegment]:
    """The segments that a table of contents lists. It is a pickle: only for one that was written here."""
    segments: list[PackedSegment] = TOC.read(FileStorage(str(folder), readonly=True), INDEX_NAME, gen=toc).segments
    return segments


def _tell(progress: Progress, before: int, count: int, done: int, _total: int) -> None:
    """Report ``done`` articles of one step, after the steps before it."""
    progress(before + done, count)


def _merge_policy(
    writer: PackedWriter, segments: list[PackedSegment], *, merges_all: bool = False
) -> list[PackedSegment]:
    """Which segments stay; the others are merged into the new one. Called by Whoosh at commit."""
    largest = max((segment.doc_count_all() for segment in segments), default=0)
    limit = max(SMALL_SEGMENT_DOCUMENTS, largest // 10)
    small = [segment for segment in segments if segment.doc_count_all() < limit and segment.doc_count_all() < largest]
    merged = small if len(small) >= MAX_SMALL_SEGMENTS else []
    kept = []
    for segment in segments:
        if segment.doc_count() == 0:
            continue
        if merges_all or segment in merged or segment.deleted_count() > segment.doc_count_all() * MAX_DELETED_SHARE:
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
