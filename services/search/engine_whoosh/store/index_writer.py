"""Bring the index up to date, and replace one generation by the next.

The processes that build segments write their array files. The writer renames the manifest into place, and only then
removes the files of the generation before it. A rebuild (another format, damage) keeps no segment of the generation
before it. Merges of large segments and the Whoosh index follow in a thread (``maintenance``): readers do not wait for
them.
"""

from __future__ import annotations

import contextlib
import errno
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from services.search.arrays.array_file import DamagedArrayFile
from services.search.arrays.segment.build import Batch, Progress, build_groups, counted
from services.search.engine import IndexNotWritable, SyncReport
from services.search.engine_whoosh.store.contents import Contents, contents_after, digests_after, generation_name
from services.search.engine_whoosh.store.maintenance import maintain
from services.search.engine_whoosh.store.manifest import (
    DAMAGES,
    Manifest,
    ManifestReader,
    SegmentFile,
    locked,
    remove_leftovers,
    write_manifest,
)
from services.search.engine_whoosh.store.opening import open_generation
from services.search.engine_whoosh.store.segment_files import (
    SegmentMaker,
    delete,
    is_fragmented,
    live,
    merge_segments,
    name_file,
    plan_merge,
    remove_unnamed,
)
from services.search.engine_whoosh.store.whoosh_view import WhooshView
from services.search.indexing.changes import Change, plan_changes, stages
from shared.content.article import Article
from shared.process.logger import get_logger
from shared.process.memory import uncollected

log = get_logger("index")

#: Documents of a new segment: more take more memory in each process that builds one.
SEGMENT_DOCUMENTS = 300
#: A large build writes about this many segments at most before they are merged: each costs every query about 50 µs.
BUILT_SEGMENTS = 40


class IndexWriter:
    """Writes the generations of one index directory: one process at a time."""

    def __init__(self, reader: ManifestReader) -> None:
        self._reader = reader
        self._directory = reader.directory
        self._maintenance: threading.Thread | None = None
        #: The contents after the last sync, so that the next sync need not read them.
        self._contents: Contents | None = None
        #: Of the sync in progress: articles whose files changed meanwhile, and articles on which the parser fails.
        self._stale = self._unreadable = 0

    def sync(self, articles: Iterable[Article], progress: Callable[[int, int], None] | None = None) -> SyncReport:
        """Make the index hold exactly ``articles``; see IndexStore. ``generation`` is without the synonyms' part.

        Raises IndexNotWritable. The Whoosh index is complete after ``finish``, and before the process ends.
        """
        started = time.perf_counter()
        self.finish()
        try:
            with locked(self._directory):
                return self._sync_undamaged(tuple(articles), progress or (lambda _done, _total: None), started)
        except OSError as error:
            raise IndexNotWritable(_why_not_writable(self._directory, error)) from error

    def finish(self) -> None:
        """Wait until the index is maintained after the last sync: its segments merged, the Whoosh index up to date."""
        if self._maintenance is not None:
            self._maintenance.join()
            self._maintenance = None

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
        # Without any article, publish an empty index.
        steps = stages(change) or ([] if contents else [change])
        is_maintained = not steps and contents is not None and self._is_maintained(contents.manifest)
        counts, self._stale, self._unreadable = Counter[str](), 0, 0
        groups = ((*step.added, *step.changed) for step in steps)
        size = max(SEGMENT_DOCUMENTS, change.count // BUILT_SEGMENTS)
        try:
            with contextlib.closing(build_groups(groups, SegmentMaker(self._directory), size)) as batches:
                built = counted(batches, progress, change.count)
                for step in steps:
                    contents, made = self._step(contents, step, len(articles), built, merges=len(steps) == 1)
                    counts.update(added=len(made.added), changed=len(made.changed), removed=len(made.removed))
        finally:
            # After a failure, unfinished files take the space that may be missing. Without a change, a writer that was
            # killed may have left files.
            remove_unnamed(self._directory)
            self._tidy()
        if contents is None:
            raise FileNotFoundError(errno.ENOENT, "the index was removed while it was written", str(self._directory))
        self._contents = contents
        if not is_maintained:
            self._maintenance = threading.Thread(target=self._maintain, args=(contents.manifest,), name="maintenance")
            self._maintenance.start()
        seconds = time.perf_counter() - started
        generation = contents.manifest.generation
        return SyncReport(generation, counts["added"], counts["changed"], counts["removed"], seconds, self._stale)

    def _step(
        self,
        before: Contents | None,
        change: Change,
        wanted: int,
        built: Iterator[Batch[SegmentFile | None]],
        *,
        merges: bool,
    ) -> tuple[Contents | None, Change]:
        """Publish ``change`` as a generation; return its contents and the changes made.

        ``wanted`` is the number of articles in the content. Without ``merges``, small segments are left to the
        maintenance.
        """
        self._contents = None
        with uncollected():
            segments, made = self._write(before, change, built)
            if merges:
                segments = self._merged(segments)
        digests = digests_after(before, made)
        # Without what no parser can read: an index that waited for it would be incomplete for ever.
        manifest = self._publish(segments, generation_name(self._reader.digest, digests), wanted - self._unreadable)
        self._tidy()
        return contents_after(before, made, manifest, digests) or self._read_contents(manifest), made

    def _write(
        self, before: Contents | None, change: Change, built: Iterator[Batch[SegmentFile | None]]
    ) -> tuple[tuple[SegmentFile, ...], Change]:
        """The segments of ``before`` (None for a new index) after ``change``.

        An article whose file has changed since it was loaded stays as it was: the returned change omits it.
        """
        written: list[SegmentFile] = []
        read: list[Article] = []
        left = change.count
        while left:
            one = next(built)
            left -= one.asked
            self._stale += one.stale
            self._unreadable += one.asked - len(one.articles) - one.stale
            read += one.articles
            written += () if one.made is None else (name_file(self._directory, one.made),)
        made = change.only(read)
        segments = before.manifest.segments if before else ()
        if before:
            gone = [*made.removed, *(article.slug for article in made.changed)]
            segments = delete(segments, [before.numbers[slug] for slug in gone])
        return live((*segments, *written)), made

    def _merged(self, segments: tuple[SegmentFile, ...]) -> tuple[SegmentFile, ...]:
        kept, merged = plan_merge(segments)
        return (*kept, merge_segments(self._reader.files, merged)) if merged else kept

    def _read_contents(self, manifest: Manifest | None) -> Contents | None:
        """Read the contents of the generation on disk, or None if the index must be rebuilt.

        Missing, truncated or damaged files require a rebuild. Any other error is a bug or a fault of the disk, and
        propagates.
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

    def _is_maintained(self, manifest: Manifest) -> bool:
        """Whether nothing is left to do after ``manifest`` was published."""
        view = WhooshView(self._directory)
        is_shown = view.shows(manifest)
        if not is_shown and not view.is_empty():
            log.warning("Whoosh index unfinished or changed by another program, building it again")
        return is_shown and not is_fragmented(manifest.segments)

    def _maintain(self, manifest: Manifest) -> None:
        """Merge segments and write the Whoosh index, in a thread: no reader and no edit waits for it."""
        try:
            maintain(self._reader.files, manifest)
        except (*DAMAGES, OSError) as error:
            # The next sync tries again, from other array files if these are damaged.
            log.warning(
                "index not merged, or Whoosh index not written: the next change tries again",
                directory=str(self._directory),
                error=str(error),
            )


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
