"""Loading: the content directory becomes a Library, or every problem of it at once. The event loop waits for nothing.

A second load reads again only what changed since the first, and parses again only what differs.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from shared.content.folder.asset import Asset
from shared.content.parsing.cross_links import apply_resolution, resolve
from shared.content.library import Library, build_library
from shared.content.folder.packed_body import Keep, pack_article
from shared.content.folder.parse_pool import ParseStopped, ParseTask, Progress, parse_tasks
from shared.content.problem import InvalidContent, Problem
from shared.content.folder.reading import collect, read_asset, read_source
from shared.content.parsing.site_config import SITE_FILE, SiteConfig, missing_site, parse_site
from shared.content.folder.snapshot import Entry, Snapshot, content_digest, is_proven_alike
from shared.content.folder.tree import SourceFile, Tree, find_file, place_of, scan_tree
from shared.content.folder.verified import VERIFIED_FILE, VerifiedRecord, parse_verified

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


#: Paths below the content directory, with ``/``, that may have changed; ``None``: any may.
Touched = frozenset[str] | None


async def load_library(
    content_dir: Path,
    previous: LoadResult | None = None,
    *,
    drafts: bool = False,
    touched: Touched = None,
    progress: Progress | None = None,
    keep: Keep = pack_article,
) -> LoadResult:
    """Load ``content_dir``.

    With ``previous``, only what changed is read; when nothing did, ``previous`` itself comes back. With ``touched``, only
    these are looked at. ``progress`` is told how many of how many sources are parsed, in another thread. ``keep``
    takes from an article what is not wanted of it: the same for every load of a row.

    Bad content, a missing directory included, is a result and not an exception.
    """
    stop = threading.Event()
    options: dict[str, Any] = {"touched": touched, "progress": progress, "keep": keep, "stop": stop}
    work = asyncio.to_thread(load_now, content_dir, previous, drafts=drafts, **options)
    loading = asyncio.ensure_future(work)
    loading.add_done_callback(lambda done: done.cancelled() or done.exception())  # looked at, also where nobody waits
    try:
        return await asyncio.shield(loading)
    except asyncio.CancelledError:
        stop.set()
        # Processes that parse are ended by the thread that started them: one that is left alone leaves them to chance.
        await asyncio.wait({loading}, timeout=_STOP_S)
        raise


def load_now(
    content_dir: Path,
    previous: LoadResult | None = None,
    *,
    drafts: bool = False,
    touched: Touched = None,
    progress: Progress | None = None,
    keep: Keep = pack_article,
    stop: threading.Event | None = None,
) -> LoadResult:
    """The same, blocking: for commands and for threads."""
    before = previous.snapshot if previous else Snapshot()
    # What was wrong with the tree itself is not kept: after that, all of it is looked at.
    places = _places(touched) if previous and previous.library else None
    load = _Load(content_dir, before, keep, stop or threading.Event(), progress or (lambda _done, _total: None))
    snapshot, fatal = load.run(places)
    is_same = snapshot.is_same(before)
    if is_same and not fatal and previous and previous.library and previous.library.shows_drafts == drafts:
        return previous
    library = None if fatal else collect(fatal, _build, snapshot, content_dir, drafts=drafts)
    if library is not None:
        return LoadResult(library, (), snapshot)
    problems = tuple(sorted(problem.under(content_dir) for problem in set(fatal)))
    return previous if is_same and previous and previous.problems == problems else LoadResult(None, problems, snapshot)


def _places(touched: Touched) -> frozenset[str] | None:
    """The entries of the tree to look at; ``None`` where some path stands for more than one of them."""
    places = {place_of(path) for path in touched or () if path not in {SITE_FILE, VERIFIED_FILE}}
    return None if touched is None or None in places else frozenset(place for place in places if place)


def _build(snapshot: Snapshot, content_dir: Path, *, drafts: bool) -> Library:
    entries = snapshot.entries.values()
    return build_library(
        snapshot.site or SiteConfig(),
        [entry.article for entry in entries if entry.article],
        files={source: entry.files for source, entry in snapshot.entries.items() if entry.files},
        advice=snapshot.advice,
        directory=content_dir,
        shows_drafts=drafts,
    )


class _Load:
    """One load: what it has read so far, and what the load before it left."""

    def __init__(
        self, content_dir: Path, before: Snapshot, keep: Keep, stop: threading.Event, progress: Progress
    ) -> None:
        self._content_dir = content_dir
        self._before = before
        self._keep = keep
        self._stop = stop
        self._progress = progress
        self._tasks: dict[str, ParseTask] = {}
        self._entries: dict[str, Entry] = {}
        self._tree = Tree()

    def run(self, places: frozenset[str] | None) -> tuple[Snapshot, list[Problem]]:
        """Everything of the content directory, read and parsed; and the problems that keep it from being shown.

        With ``places`` the rest is as it was.
        """
        self._tree = scan_tree(self._content_dir, places)
        if places is not None and self._tree.problems:
            return self.run(None)
        if self._tree.problems and not self._tree.sources:
            # The directory is gone, or on its way: when it is back, most of it will be as it was.
            return self._before, self._tree.problems
        if places is not None:
            self._keep_outside(places)
        site = self._read_site()
        verified = self._read_verified()
        if places is not None and verified is not self._before.verified:
            return self.run(None)
        for source in self._tree.sources:
            if self._stop.is_set():
                raise ParseStopped
            self._read(source, verified)
        self._parse()
        fatal = [*self._tree.problems, *(problem for entry in self._entries.values() for problem in entry.problems)]
        permalinks = self._before.permalinks
        if not fatal:
            # A site that is not shown needs no links; and an article that is broken for a moment still has its address.
            permalinks = self._link()
        return Snapshot(self._entries, site, verified, tuple(self._tree.advice), permalinks), fatal

    def _keep_outside(self, places: frozenset[str]) -> None:
        """What the load before found outside of ``places``."""
        self._entries = dict(self._before.entries)
        for place in places:
            self._entries.pop(place, None)
            self._entries.pop(f"{place}/index.md", None)
        self._tree.advice += (one for one in self._before.advice if place_of(one.path) not in places)

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
        return self._before.verified if (record or {}) == self._before.verified else record or {}

    def _read(self, source: SourceFile, verified: VerifiedRecord) -> None:
        """Keep the entry of the load before while nothing of it changed; else read, and parse what differs."""
        name = source.file.source
        before = self._before.entries.get(name)
        is_proven = before is not None and is_proven_alike(before, self._before.verified, verified)
        if before and is_proven and before.file == source:
            self._entries[name] = before
            return
        problems: list[Problem] = []
        text = collect(problems, read_source, source.file)
        files = self._read_beside(source, before, problems)
        if problems:
            self._entries[name] = Entry(source, "", {}, problems=tuple(problems))
        elif text is not None:
            content = content_digest(text, files)
            if before and is_proven and before.content == content:
                self._entries[name] = replace(before, file=source, files=files)
                return
            self._tasks[name] = ParseTask(name, text, files, verified, self._keep)
            self._entries[name] = Entry(source, content, files)

    def _read_beside(self, source: SourceFile, before: Entry | None, problems: list[Problem]) -> Mapping[str, Asset]:
        known = dict(before.file.beside) if before else {}
        files = {}
        for name, file in source.beside:
            kept = before.files.get(name) if before and known.get(name) == file else None
            asset = kept or collect(problems, read_asset, file, name)
            if asset:
                files[name] = asset
        return files

    def _parse(self) -> None:
        for parsed in parse_tasks(list(self._tasks.values()), self._stop, self._progress):
            self._entries[parsed.source] = replace(
                self._entries[parsed.source],
                written=parsed.article,
                sources=parsed.sources,
                samples=parsed.samples,
                problems=parsed.problems,
            )
        self._tasks.clear()

    def _link(self) -> Mapping[str, str]:
        """Turn links between sources into permalinks, where they are new or lead elsewhere than before."""
        permalinks = {source: entry.written.url for source, entry in self._entries.items() if entry.written}
        before = self._before.permalinks
        moved = {source for source, _ in permalinks.items() ^ before.items()} if permalinks != before else set()
        for source, entry in self._entries.items():
            if entry.written and (entry.resolution is None or not moved.isdisjoint(entry.sources)):
                resolution = resolve(entry.sources, permalinks)
                if resolution != entry.resolution:
                    article = apply_resolution(entry.written, resolution)
                    self._entries[source] = replace(entry, article=article, resolution=resolution)
        return permalinks
