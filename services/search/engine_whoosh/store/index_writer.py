"""Bring the index up to date, and replace one generation by the next.

New array files are written and synced, then the manifest is renamed into place, and only then are the files of the
generation before it removed. A rebuild (another format, damage) is a generation that keeps no segment of the one before
it. The Whoosh index follows in a thread of its own: readers of the manifest do not wait for it.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import multiprocessing
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from services.search import schema
from services.search.arrays.array_file import Array, ArrayFile, ArrayWriter, DamagedArrayFile, write_arrays
from services.search.arrays.checked_files import file_digest
from services.search.arrays.segment.build import Batch, Progress, build_groups, counted
from services.search.arrays.segment.memory_segment import MemorySegment, invert
from services.search.arrays.segment.merge import merge
from services.search.arrays.segment.merge_documents import Part
from services.search.arrays.segment.pack import pack
from services.search.engine import IndexNotWritable, SyncReport
from services.search.engine_whoosh.store.manifest import (
    ARRAYS_EXTENSION,
    DAMAGES,
    Contents,
    Manifest,
    ManifestReader,
    SegmentFile,
    contents_after,
    digests_after,
    generation_name,
    open_lock,
    remove_leftovers,
    write_manifest,
)
from services.search.engine_whoosh.store.opening import open_generation
from services.search.engine_whoosh.store.whoosh_view import WhooshView, write_view
from services.search.indexing.changes import Change, plan_changes, stages
from shared.content.article import Article
from shared.process.logger import get_logger
from shared.process.memory import release_memory, uncollected

log = get_logger("index")

#: Small segments are merged into one when there are more than this: each costs every query about 50 µs.
MAX_SMALL_SEGMENTS = 3
#: A segment with fewer documents than this, or a tenth of the largest, is small.
SMALL_SEGMENT_DOCUMENTS = 100
#: From this many documents on, the Whoosh index is written in a process of its own, which costs half a second to start.
ALONE_FROM_DOCUMENTS = 2_000
#: Memory is released after a change of at least this many documents.
TRIM_FROM_DOCUMENTS = 500
#: A segment is rewritten when more than this share of it is deleted.
MAX_DELETED_SHARE = 0.3


class IndexWriter:
    """Writes the generations of one index directory: one process at a time."""

    def __init__(self, reader: ManifestReader) -> None:
        self._reader = reader
        self._directory = reader.directory
        self._view = WhooshView(reader.directory)
        self._viewing: threading.Thread | None = None
        #: The contents after the last sync, so that the next sync need not read them.
        self._contents: Contents | None = None

    def sync(self, articles: Iterable[Article], progress: Callable[[int, int], None] | None = None) -> SyncReport:
        """Make the index hold exactly ``articles``; see IndexStore. ``generation`` is without the synonyms' part.

        Raises IndexNotWritable. The Whoosh index is complete after ``finish``, and before the process ends.
        """
        started = time.perf_counter()
        self.finish()
        try:
            with self._lock():
                return self._sync_undamaged(tuple(articles), progress or (lambda _done, _total: None), started)
        except OSError as error:
            raise IndexNotWritable(_why_not_writable(self._directory, error)) from error

    def finish(self) -> None:
        """Wait until the Whoosh index is up to date with the last sync."""
        if self._viewing is not None:
            self._viewing.join()
            self._viewing = None

    def _sync_undamaged(self, articles: tuple[Article, ...], progress: Progress, started: float) -> SyncReport:
        """Sync; if a segment turns out to be damaged meanwhile, build all of them again."""
        try:
            return self._sync(articles, progress, started)
        except DamagedArrayFile as error:
            log.warning("index damaged, building it again", directory=str(self._directory), error=str(error))
            return self._sync(articles, progress, started)

    def _sync(self, articles: tuple[Article, ...], progress: Progress, started: float) -> SyncReport:
        contents = self._read_contents(self._reader.read())
        change = plan_changes(contents.digests if contents else {}, articles)
        # no articles give an empty index
        steps = stages(change) or ([] if contents else [change])
        is_shown = not steps and contents is not None and self._is_shown(contents.manifest)
        counts = Counter[str]()
        groups = ((*step.added, *step.changed) for step in steps)
        with contextlib.closing(build_groups(groups, invert)) as memory_segments:
            built = counted(memory_segments, progress, change.count)
            for number, step in enumerate(steps, start=1):
                is_last = 1 < number == len(steps)
                contents, made = self._step(contents, step, len(articles), built, merges_all=is_last)
                counts.update(added=len(made.added), changed=len(made.changed), removed=len(made.removed))
        if contents is None:
            raise FileNotFoundError(errno.ENOENT, "the index was removed while it was written", str(self._directory))
        self._contents = contents
        if not is_shown:
            self._show(contents.manifest)
        seconds = time.perf_counter() - started
        generation = contents.manifest.generation
        return SyncReport(generation, counts["added"], counts["changed"], counts["removed"], seconds)

    def _step(
        self,
        before: Contents | None,
        change: Change,
        wanted: int,
        memory_segments: Iterator[Batch[MemorySegment]],
        *,
        merges_all: bool,
    ) -> tuple[Contents | None, Change]:
        """Publish ``change`` as a generation; return its contents and the changes made.

        ``wanted`` is the number of articles in the content.
        """
        self._contents = None
        try:
            with uncollected():
                segments, made = self._write(before, change, memory_segments, merges_all=merges_all)
            digests = digests_after(before, made)
            manifest = self._publish(segments, generation_name(self._reader.digest, digests), wanted)
        finally:
            # After a failure too: unfinished files take space, which may have been what was missing.
            self._tidy()
            if change.count >= TRIM_FROM_DOCUMENTS:
                release_memory()
        return contents_after(before, made, manifest, digests) or self._read_contents(manifest), made

    def _write(
        self, before: Contents | None, change: Change, built: Iterator[Batch[MemorySegment]], *, merges_all: bool
    ) -> tuple[tuple[SegmentFile, ...], Change]:
        """The segments of ``before`` (None for a new index) after ``change``, merged and written.

        An article whose file has changed since it was loaded stays as it was: the returned change omits it.
        """
        memory_segments: list[MemorySegment] = []
        read: list[Article] = []
        left = change.count
        while left:
            one = next(built)
            left -= one.asked
            read += one.articles
            memory_segments += () if one.made is None else (one.made,)
        made = change.only(read)
        segments = before.manifest.segments if before else ()
        if before:
            gone = [*made.removed, *(article.slug for article in made.changed)]
            segments = delete(segments, [before.numbers[slug] for slug in gone])
        kept, merged = plan_merge(segments, merges_all=merges_all)
        files = [self._reader.files.open(one) for one in merged]
        parts: list[Part] = [(file.arrays, one.deleted) for file, one in zip(files, merged, strict=True)]
        if memory_segments and parts and change.count >= TRIM_FROM_DOCUMENTS:
            parts.append((self._spill(pack(memory_segments)), ()))
            memory_segments.clear()  # a large merge needs the memory
            release_memory()
        elif memory_segments:
            parts.append((pack(memory_segments), ()))
        if not parts:
            return kept, made
        written = self._write_segment(parts)
        if not all(file.check() for file in files):  # a merge would give what is damaged a new digest
            raise DamagedArrayFile("a segment changed while it was merged")
        return (*kept, written), made

    def _spill(self, arrays: Mapping[str, Array]) -> ArrayFile:
        """Write ``arrays`` to a file that a merge reads in pieces. ``_tidy`` removes it after the step."""
        path = self._directory / f"{secrets.token_hex(8)}{ARRAYS_EXTENSION}"
        write_arrays(path, arrays)
        return ArrayFile(path)

    def _write_segment(self, parts: Sequence[Part]) -> SegmentFile:
        """Write one segment from ``parts``; a single part that was just packed is written unchanged."""
        path = self._directory / f"{secrets.token_hex(8)}{ARRAYS_EXTENSION}"
        if len(parts) == 1 and not isinstance(parts[0][0], ArrayFile):
            write_arrays(path, parts[0][0])
        else:
            writer = ArrayWriter(path)
            merge(parts, writer)
            writer.close()
        lengths = ArrayFile(path)["doc_lengths"].reshape(-1, len(schema.FIELDS))
        totals = tuple(lengths.sum(axis=0, dtype=int).tolist())
        return SegmentFile(path.name, len(lengths), (), totals, file_digest(path))

    def _read_contents(self, manifest: Manifest | None) -> Contents | None:
        """Read the contents of the generation on disk, or None if the index must be rebuilt.

        It must be if files are missing, truncated or damaged. Any other error is a fault of this program or of the
        disk, and propagates.
        """
        if manifest is None:
            return None
        try:
            if self._contents and self._contents.manifest == manifest:
                for segment in manifest.segments:
                    self._reader.files.open(segment)
                return self._contents
            generation, _ = open_generation(self._reader.files, manifest, name="")
            found = generation.digests()
        except DAMAGES as error:
            log.warning("index damaged, building it again", directory=str(self._directory), error=str(error))
            return None
        digests = {slug: digest for slug, (digest, _) in found.items()}
        return Contents(manifest, digests, {slug: number for slug, (_, number) in found.items()})

    def _publish(self, segments: Sequence[SegmentFile], name: str, wanted: int) -> Manifest:
        updated = datetime.now(UTC).isoformat()
        manifest = Manifest(self._reader.digest, name, updated, tuple(segments), wanted)
        write_manifest(self._directory, manifest)
        return manifest

    def _tidy(self) -> None:
        remove_leftovers(self._directory, self._reader.read_any())

    def _is_shown(self, manifest: Manifest) -> bool:
        is_shown = self._view.shows(manifest)
        if not is_shown and not self._view.is_empty():
            log.warning("Whoosh index unfinished or changed by another program, building it again")
        return is_shown

    def _show(self, manifest: Manifest) -> None:
        """Write the Whoosh index of ``manifest`` in a thread: it takes a fifth of the time of a sync."""
        self._viewing = threading.Thread(target=self._write_view, args=(manifest,), name="whoosh-view")
        self._viewing.start()

    def _write_view(self, manifest: Manifest) -> None:
        try:
            with self._lock():
                if self._reader.read() != manifest:
                    return
                if sum(segment.documents for segment in manifest.segments) < ALONE_FROM_DOCUMENTS:
                    self._view.write(manifest)
                else:
                    self._write_view_alone(manifest)
        except (*DAMAGES, OSError) as error:
            # The next sync writes it again, from other array files if these are damaged.
            log.warning("Whoosh index not written", directory=str(self._directory), error=str(error))

    def _write_view_alone(self, manifest: Manifest) -> None:
        """Write the view in a process of its own, whose end releases its memory.

        If this process is killed, Whoosh's own lock excludes the other one and the next writer from each other.
        """
        process = multiprocessing.get_context("spawn").Process(
            target=write_view, args=(self._directory, manifest), name="whoosh-view", daemon=True
        )
        process.start()
        process.join()
        if process.exitcode:
            log.warning("Whoosh index not written", directory=str(self._directory), exit_code=process.exitcode)

    @contextlib.contextmanager
    def _lock(self) -> Iterator[None]:
        self._directory.mkdir(parents=True, exist_ok=True)
        with open_lock(self._directory) as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def delete(segments: Sequence[SegmentFile], numbers: Iterable[int]) -> tuple[SegmentFile, ...]:
    """``segments`` without the documents ``numbers``, which are numbered through all segments."""
    deleted = sorted(numbers)
    changed, base = [], 0
    for segment in segments:
        end = base + segment.documents
        own = {number - base for number in deleted if base <= number < end}
        changed.append(replace(segment, deleted=tuple(sorted(own.union(segment.deleted)))))
        base = end
    return tuple(changed)


def plan_merge(
    segments: Sequence[SegmentFile], *, merges_all: bool = False
) -> tuple[tuple[SegmentFile, ...], tuple[SegmentFile, ...]]:
    """``(segments that stay, segments to merge into the new one)``; those without a live document are in neither."""
    largest = max((segment.documents for segment in segments), default=0)
    limit = max(SMALL_SEGMENT_DOCUMENTS, largest // 10)
    small = [segment for segment in segments if segment.documents < limit and segment.documents < largest]
    merged = small if len(small) >= MAX_SMALL_SEGMENTS else []
    live = [segment for segment in segments if len(segment.deleted) < segment.documents]
    rewritten = [
        one for one in live if merges_all or one in merged or len(one.deleted) > one.documents * MAX_DELETED_SHARE
    ]
    return tuple(one for one in live if one not in rewritten), tuple(rewritten)


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
