"""Loading: the content directory becomes a Library, or every problem of it at once. The event loop waits for nothing.

Only front matter is parsed: a body is worked out when somebody asks for it. A second load reads again only what
changed since the first.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from shared.content.folder.asset import Asset
from shared.content.folder.bodies import Bodies, LazyBody
from shared.content.folder.heads import HeadStore
from shared.content.folder.reading import collect, read_asset, read_source
from shared.content.folder.snapshot import Entry, Snapshot
from shared.content.folder.tree import SourceFile, Tree, find_file, place_of, scan_tree
from shared.content.folder.verified import VERIFIED_FILE, VerifiedRecord, parse_verified
from shared.content.library import Library, build_library
from shared.content.parsing.parse import article_digest, may_run, parse_article
from shared.content.parsing.site_config import SITE_FILE, SiteConfig, missing_site, parse_site
from shared.content.problem import InvalidContent, Problem
from shared.process.memory import uncollected

#: Seconds that a load which was cancelled gets to stop: it does at the next file.
_STOP_S = 2.0


class LoadStopped(Exception):
    """``stop`` was set while loading: nobody waits for the result any more."""


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
    wants_html: bool = True,
    heads: HeadStore | None = None,
) -> LoadResult:
    """Load ``content_dir``.

    With ``previous``, only what changed is read; when nothing did, ``previous`` itself comes back. With ``touched``, only
    these are looked at. ``wants_html`` says whether bodies have HTML; it holds for the loads that follow this one too.
    ``heads`` makes a first load quick: it is read, and written where it lacks much.

    Bad content, a missing directory included, is a result and not an exception.
    """
    stop = threading.Event()
    options: dict[str, Any] = {"touched": touched, "wants_html": wants_html, "heads": heads, "stop": stop}
    work = asyncio.to_thread(load_now, content_dir, previous, drafts=drafts, **options)
    loading = asyncio.ensure_future(work)
    loading.add_done_callback(lambda done: done.cancelled() or done.exception())  # looked at, also where nobody waits
    try:
        return await asyncio.shield(loading)
    except asyncio.CancelledError:
        stop.set()
        await asyncio.wait({loading}, timeout=_STOP_S)
        raise


def load_now(
    content_dir: Path,
    previous: LoadResult | None = None,
    *,
    drafts: bool = False,
    touched: Touched = None,
    wants_html: bool = True,
    heads: HeadStore | None = None,
    stop: threading.Event | None = None,
) -> LoadResult:
    """Blocking form of ``load_library``: for commands and for threads. Raises LoadStopped soon after ``stop`` is set."""
    bodies, started = Bodies(wants_html=wants_html), time.time()
    before = previous.snapshot if previous else heads.read(bodies) if heads else Snapshot(bodies)
    # What was wrong with the tree itself is not kept: after that, all of it is looked at.
    places = _places(touched) if previous and previous.library else None
    load = _Load(content_dir, before, stop or threading.Event())
    with uncollected():
        snapshot, fatal = load.run(places)
    is_same = snapshot.is_same(before)
    if is_same and not fatal and previous and previous.library and previous.library.shows_drafts == drafts:
        return previous
    library = None if fatal else collect(fatal, _build, snapshot, content_dir, drafts=drafts)
    if library is not None:
        if heads and not previous:
            heads.keep(before, snapshot, started)
        snapshot.bodies.keep_only({one.digest for one in (*library.articles, *library.pages)})
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
        bodies=snapshot.bodies,
    )


class _Load:
    """One load: what it has read so far, and what the load before it left."""

    def __init__(self, content_dir: Path, before: Snapshot, stop: threading.Event) -> None:
        self._content_dir = content_dir
        self._before = before
        self._stop = stop
        self._entries: dict[str, Entry] = {}
        self._tree = Tree()

    def run(self, places: frozenset[str] | None) -> tuple[Snapshot, list[Problem]]:
        """Everything of the content directory; and the problems that keep it from being shown.

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
                raise LoadStopped
            self._read(source, verified)
        fatal = [*self._tree.problems, *(problem for entry in self._entries.values() for problem in entry.problems)]
        return Snapshot(self._before.bodies, self._entries, site, verified, tuple(self._tree.advice)), fatal

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
        """Keep the entry of the load before while nothing of it changed; else read it."""
        name = source.file.source
        before = self._before.entries.get(name)
        is_proven = before is not None and (verified is self._before.verified or not before.may_run)
        if before and is_proven and before.file == source:
            self._entries[name] = before
            return
        problems: list[Problem] = []
        text = collect(problems, read_source, source.file)
        files = self._read_beside(source, before, problems)
        if text is None or problems:
            if problems:
                self._entries[name] = Entry(source, {}, problems=tuple(problems))
            return
        record = verified if may_run(text) else {}
        if before and before.article and before.article.digest == article_digest(name, text, files, record):
            self._entries[name] = replace(before, file=source, files=files)
            return

        def make_text(url: str, digest: str) -> LazyBody:
            return LazyBody(name, digest, url, source.file.path, files, record, self._before.bodies)

        options: dict[str, Any] = {"assets": files, "verified": record, "make_text": make_text}
        article = collect(problems, parse_article, name, text, **options)
        if article is not None:
            self._before.bodies.keep_loaded(article.digest, text)
        self._entries[name] = Entry(source, files, article, may_run(text), tuple(problems))

    def _read_beside(self, source: SourceFile, before: Entry | None, problems: list[Problem]) -> Mapping[str, Asset]:
        known = dict(before.file.beside) if before else {}
        files = {}
        for name, file in source.beside:
            kept = before.files.get(name) if before and known.get(name) == file else None
            asset = kept or collect(problems, read_asset, file, name)
            if asset:
                files[name] = asset
        return files
