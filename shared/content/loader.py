"""Loading: the content directory becomes a Library, or every problem of it at once. The event loop waits for nothing.

A second load reads again only what changed since the first, and parses again only what differs.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from shared.content.asset import Asset
from shared.content.cross_links import apply_resolution, resolve, sources_of
from shared.content.library import Library, build_library
from shared.content.parse_pool import ParseStopped, ParseTask, parse_tasks
from shared.content.problem import InvalidContent, Problem
from shared.content.reading import collect, read_asset, read_source
from shared.content.site_config import SITE_FILE, SiteConfig, missing_site, parse_site
from shared.content.snapshot import Entry, Snapshot, content_digest, is_proven_alike
from shared.content.tree import SourceFile, Tree, find_file, scan_tree
from shared.content.verified import VERIFIED_FILE, VerifiedRecord, parse_verified

#: How long a load that was cancelled is waited for: parsing stops within a second, and reading at the next file.
_STOP_S = 2.0


@dataclass(frozen=True, slots=True)
class LoadResult:
    """What a load gave: a Library, or else the problems that keep the site from being shown.

    Their paths start with the content directory as it was given. ``snapshot`` makes the next load quick.
    """

    library: Library | None
    problems: tuple[Problem, ...]
    snapshot: Snapshot = field(repr=False)

    def require(self) -> Library:
        """The Library. Raises InvalidContent with the problems where there is none."""
        if self.library is None:
            raise InvalidContent(self.problems)
        return self.library


async def load_library(content_dir: Path, previous: LoadResult | None = None, *, drafts: bool = False) -> LoadResult:
    """Load ``content_dir``.

    With ``previous``, only what changed is read; when nothing did, ``previous`` itself comes back.

    Bad content, a missing directory included, is a result and not an exception.
    """
    stop = threading.Event()
    loading = asyncio.ensure_future(asyncio.to_thread(load_now, content_dir, previous, drafts=drafts, stop=stop))
    loading.add_done_callback(lambda done: done.cancelled() or done.exception())  # looked at, also where nobody waits
    try:
        return await asyncio.shield(loading)
    except asyncio.CancelledError:
        stop.set()
        # Processes that parse are ended by the thread that started them: one that is left alone leaves them to chance.
        await asyncio.wait({loading}, timeout=_STOP_S)
        raise


def load_now(
    content_dir: Path, previous: LoadResult | None = None, *, drafts: bool = False, stop: threading.Event | None = None
) -> LoadResult:
    """The same, blocking: for commands and for threads."""
    before = previous.snapshot if previous else Snapshot()
    snapshot, fatal = _Load(content_dir, before, stop or threading.Event()).run()
    is_same = snapshot.is_same(before)
    if is_same and not fatal and previous and previous.library and previous.library.shows_drafts == drafts:
        return previous
    library = None if fatal else collect(fatal, _build, snapshot, drafts=drafts)
    if library is not None:
        problems = tuple(problem.under(content_dir) for problem in library.problems)
        return LoadResult(replace(library, problems=problems), (), snapshot)
    problems = tuple(sorted(problem.under(content_dir) for problem in set(fatal)))
    return previous if is_same and previous and previous.problems == problems else LoadResult(None, problems, snapshot)


def _build(snapshot: Snapshot, *, drafts: bool) -> Library:
    entries = snapshot.entries.values()
    return build_library(
        snapshot.site or SiteConfig(),
        [entry.article for entry in entries if entry.article],
        files={source: entry.files for source, entry in snapshot.entries.items() if entry.files},
        problems=[
            *snapshot.advice,
            *(one for entry in entries for asset in entry.files.values() for one in asset.problems),
        ],
        shows_drafts=drafts,
    )


class _Load:
    """One load: what it has read so far, and what the load before it left."""

    def __init__(self, content_dir: Path, before: Snapshot, stop: threading.Event) -> None:
        self._content_dir = content_dir
        self._before = before
        self._stop = stop
        self._tasks: dict[str, ParseTask] = {}
        self._entries: dict[str, Entry] = {}
        self._tree = Tree()

    def run(self) -> tuple[Snapshot, list[Problem]]:
        """Everything of the content directory, read and parsed; and the problems that keep it from being shown."""
        self._tree = scan_tree(self._content_dir)
        if self._tree.problems and not self._tree.sources:
            # The directory is gone, or on its way: when it is back, most of it will be as it was.
            return self._before, self._tree.problems
        site = self._read_site()
        verified = self._read_verified()
        for source in self._tree.sources:
            if self._stop.is_set():
                raise ParseStopped
            self._read(source, verified)
        self._parse()
        fatal = [*self._tree.problems, *(problem for entry in self._entries.values() for problem in entry.problems)]
        if not fatal:
            # A site that is not shown needs no links; and an article that is broken for a moment still has its address.
            self._link(verified)
        return Snapshot(self._entries, site, verified, tuple(self._tree.advice)), fatal

    def _read_site(self) -> SiteConfig | None:
        file = find_file(self._content_dir, SITE_FILE)
        text = collect(self._tree.problems, read_source, file) if file else None
        if file is None:
            self._tree.advice.append(missing_site())
            return SiteConfig()
        return None if text is None else collect(self._tree.problems, parse_site, text)

    def _read_verified(self) -> VerifiedRecord:
        file = find_file(self._content_dir, VERIFIED_FILE)
        text = collect(self._tree.problems, read_source, file) if file else None
        record = collect(self._tree.problems, parse_verified, text.encode()) if text else None
        # The same object for the same record: what compares records starts with identity.
        return self._before.verified if record == self._before.verified else record or {}

    def _read(self, source: SourceFile, verified: VerifiedRecord) -> None:
        """Keep the entry of the load before while nothing of it changed; else read, and parse what differs."""
        name = source.file.source
        signatures = {"": source.file.signature, **{beside: file.signature for beside, file in source.beside}}
        before = self._before.entries.get(name)
        proven = self._before.verified
        is_proven = before and (not before.article or is_proven_alike(before.article, proven, verified))
        if before and is_proven and before.signatures == signatures:
            self._entries[name] = before
            return
        problems: list[Problem] = []
        text = collect(problems, read_source, source.file)
        files = self._read_beside(source, before, problems)
        if problems:
            self._entries[name] = Entry(signatures, "", {}, None, tuple(problems))
        elif text is not None:
            content = content_digest(text, files)
            if before and is_proven and before.content == content:
                self._entries[name] = replace(before, signatures=signatures, files=files)
                return
            self._tasks[name] = ParseTask(name, text, files, verified)
            self._entries[name] = Entry(signatures, content, files, None)

    def _read_beside(self, source: SourceFile, before: Entry | None, problems: list[Problem]) -> Mapping[str, Asset]:
        files = {}
        for name, file in source.beside:
            known = before.files.get(name) if before and before.signatures.get(name) == file.signature else None
            asset = known or collect(problems, read_asset, file, name)
            if asset:
                files[name] = asset
        return files

    def _parse(self) -> None:
        for parsed in parse_tasks(list(self._tasks.values()), self._stop):
            entry = self._entries[parsed.source]
            self._entries[parsed.source] = replace(entry, article=parsed.article, problems=parsed.problems)
        self._tasks.clear()

    def _link(self, verified: VerifiedRecord) -> None:
        """Turn links between sources into permalinks. An article whose neighbours moved is parsed once more."""
        if self._is_linked():
            return
        permalinks = {source: entry.article.url for source, entry in self._entries.items() if entry.article}
        resolutions = {
            source: resolve(sources_of(entry.article, entry.resolution), permalinks)
            for source, entry in self._entries.items()
            if entry.article
        }
        stale = {
            source
            for source, resolution in resolutions.items()
            if self._entries[source].resolution not in {None, resolution}
        }
        for file in (one.file for one in self._tree.sources if one.file.source in stale):
            text = collect([], read_source, file)
            if text is not None:
                entry = self._entries[file.source]
                self._tasks[file.source] = ParseTask(file.source, text, entry.files, verified)
                self._entries[file.source] = replace(entry, resolution=None)
        self._parse()
        for source, resolution in resolutions.items():
            entry = self._entries[source]
            if entry.article and entry.resolution is None:
                article = apply_resolution(entry.article, resolution)
                self._entries[source] = replace(entry, article=article, resolution=resolution)

    def _is_linked(self) -> bool:
        """Whether no entry is new or gone, so that every link leads where it led."""
        before = self._before.entries
        return self._entries.keys() == before.keys() and all(
            entry is before[source] and entry.resolution is not None for source, entry in self._entries.items()
        )
