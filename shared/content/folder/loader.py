"""Load the content directory as a Library, and collect every problem. Does not block the event loop.

Only front matter is parsed: a body is parsed on demand. A second load reads only what changed since the first. A source
with a problem keeps its last good article, or is left out if it has none: one broken file never hides an edit of
another.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from shared.content.article import Article
from shared.content.folder.asset import Asset
from shared.content.folder.bodies import Bodies, LazyBody
from shared.content.folder.heads import HeadStore
from shared.content.folder.included import Included, Roots, is_same, read_included
from shared.content.folder.reading import collect, read_asset, read_source
from shared.content.folder.snapshot import Entry, Snapshot
from shared.content.folder.tree import ARTICLES, PUBLIC, SourceFile, Tree, TreeFile, find_file, place_of, scan_tree
from shared.content.folder.verified import VERIFIED_FILE, VerifiedRecord, parse_verified
from shared.content.library import Library, build_library
from shared.content.markdown.code.includes import find_includes, may_include
from shared.content.parsing.front_matter import split_source
from shared.content.parsing.inputs import ParseInputs
from shared.content.parsing.parse import article_digest, may_run, parse_article
from shared.content.parsing.site_config import SITE_FILE, SiteConfig, missing_site, parse_site
from shared.content.problem import InvalidContent, Problem
from shared.process.memory import uncollected

#: How often a load begins again because files vanished while it read them: after that they are taken for deleted.
_ATTEMPTS = 3
#: Seconds to wait for a cancelled load, which stops before the next file.
_STOP_S = 2.0


class LoadStopped(Exception):
    """Raised when ``stop`` is set: the caller is gone."""


@dataclass(frozen=True, slots=True)
class LoadResult:
    """The result of a load: a Library, and the problems that keep sources from being shown in their current version.

    There is no Library if nothing can be shown: no folder of articles, or a ``site.toml`` that was never valid. Paths
    of problems start with the content directory as it was given. ``snapshot`` speeds up the next load.
    ``has_tree_problems`` says that the next load must scan the whole tree.
    """

    library: Library | None
    problems: tuple[Problem, ...]
    snapshot: Snapshot = field(repr=False)
    has_tree_problems: bool = False

    def require(self, *, is_strict: bool = False) -> Library:
        """The Library. Raises InvalidContent if there is none; with ``is_strict``, also for any error."""
        if self.library is None:
            raise InvalidContent(self.problems)
        if is_strict and (errors := self.errors()):
            raise InvalidContent(errors)
        return self.library

    def errors(self) -> tuple[Problem, ...]:
        """``problems``, and the errors in bodies, each of which it parses unless that was done: blocking."""
        return self.problems if self.library is None else tuple(sorted({*self.problems, *self.library.errors()}))

    def articles(self) -> Mapping[str, Article]:
        """The articles and pages of the Library by their source."""
        everything = (*self.library.articles, *self.library.pages) if self.library else ()
        return {one.source: one for one in everything}


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

    With ``previous``, only changes are read; without any, ``previous`` itself is returned. With ``touched``, only these
    paths are checked. ``wants_html`` says whether bodies have HTML; it also holds for later loads of the series.
    ``heads`` speeds up a first load: it is read, and ``heads.keep`` writes the result.

    Bad content, a missing directory included, is a result and not an exception.
    """
    stop = threading.Event()
    options: dict[str, Any] = {"touched": touched, "wants_html": wants_html, "heads": heads, "stop": stop}
    work = asyncio.to_thread(load_now, content_dir, previous, drafts=drafts, **options)
    loading = asyncio.ensure_future(work)
    # asyncio logs an exception that nobody retrieves, and every waiter may have been cancelled.
    loading.add_done_callback(lambda done: done.cancelled() or done.exception())
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
    """Blocking form of ``load_library``. Raises LoadStopped soon after ``stop`` is set."""
    bodies = Bodies(wants_html=wants_html)
    before = previous.snapshot if previous else heads.read(bodies) if heads else Snapshot(bodies)
    # Tree problems are not kept, so the next load scans the whole tree.
    places = _places(touched) if previous and previous.library and not previous.has_tree_problems else None
    load = _Load(content_dir, before, stop or threading.Event(), is_first=not (previous and previous.library))
    with uncollected():
        snapshot, tree, found = load.run(places)
    is_same = snapshot.is_same(before) and previous is not None
    if is_same and previous and not tree and not previous.has_tree_problems and _shows(previous, drafts=drafts):
        return previous
    library, conflicts = None, list[Problem]()
    if snapshot.site is not None and not load.is_gone:
        library, conflicts = _build(snapshot, previous, content_dir, drafts=drafts)
    problems = tuple(sorted(problem.under(content_dir) for problem in {*tree, *found, *conflicts}))
    if is_same and previous and previous.problems == problems and (not library or _shows(previous, drafts=drafts)):
        return previous
    if library is not None:
        if previous and previous.library and _is_alike(library, previous.library):
            # A broken edit changes nothing that is shown: returning the same Library saves building the next site and
            # index.
            library = previous.library
        snapshot.bodies.keep_only({one.digest for one in (*library.articles, *library.pages)})
    return LoadResult(library, problems, snapshot, bool(tree))


def _is_alike(library: Library, before: Library) -> bool:
    return (library.digest, library.advice, library.shows_drafts) == (before.digest, before.advice, before.shows_drafts)


def _shows(result: LoadResult, *, drafts: bool) -> bool:
    return result.library is not None and result.library.shows_drafts == drafts


def _places(touched: Touched) -> frozenset[str] | None:
    """Return the tree entries to scan; ``None`` if a touched path affects more than one of them."""
    places = {place_of(path) for path in touched or () if path not in {SITE_FILE, VERIFIED_FILE}}
    return None if touched is None or None in places else frozenset(place for place in places if place)


def _with_parents(source: str) -> Iterator[str]:
    """``source`` and each folder that it lies in."""
    yield source
    while "/" in source:
        source = source.rpartition("/")[0]
        yield source


def _build(
    snapshot: Snapshot, previous: LoadResult | None, content_dir: Path, *, drafts: bool
) -> tuple[Library, list[Problem]]:
    """Build the Library from valid articles, and report what articles must not share.

    If a source has no valid article now, or its article takes another's place, the article shown last stays.
    """
    shown = previous.articles() if previous else {}
    shown_files = previous.library.files if previous and previous.library else {}
    articles = {source: entry.article or shown.get(source) for source, entry in snapshot.entries.items()}
    conflicts: list[Problem] = []
    while True:
        files = {
            source: entry.files if articles[source] is entry.article else shown_files.get(source, {})
            for source, entry in snapshot.entries.items()
        }
        found: list[Problem] = []
        library = collect(
            found,
            build_library,
            snapshot.site or SiteConfig(),
            [article for article in articles.values() if article],
            files={source: beside for source, beside in files.items() if beside},
            advice=snapshot.advice,
            directory=content_dir,
            shows_drafts=drafts,
            bodies=snapshot.bodies,
        )
        if library is not None:
            return library, conflicts
        conflicts += found
        for source in {problem.path for problem in found}:
            # First fall back to the last good article; if that conflicts too, to none. Each iteration removes one, so
            # the loop ends.
            articles[source] = shown.get(source) if articles[source] is not shown.get(source) else None


class _Load:
    """State of one load: what it has read so far, and the previous snapshot."""

    def __init__(self, content_dir: Path, before: Snapshot, stop: threading.Event, *, is_first: bool) -> None:
        self._content_dir = content_dir
        self._is_first = is_first
        self._attempts = 0
        self._before = before
        self._stop = stop
        self._entries: dict[str, Entry] = {}
        self._tree = Tree()
        self._roots = Roots(content_dir)
        #: The inputs of every source without files beside it, samples or code of other files.
        self._alone = ParseInputs()
        #: True if the folder does not exist or cannot be read.
        self.is_gone = False

    def run(self, places: frozenset[str] | None) -> tuple[Snapshot, list[Problem], list[Problem]]:
        """Return the sources, the problems of the tree, and the problems of the sources.

        With ``places`` the rest is as it was.
        """
        self._attempts += 1
        self._entries, self._tree = {}, scan_tree(self._content_dir, places)
        if places is not None and self._tree.problems:
            return self.run(None)
        is_closed = self._is_first and any(problem.path == ARTICLES for problem in self._tree.problems)
        if is_closed or (self._tree.problems and not self._tree.sources):
            # The directory is missing, perhaps for a moment (a mount, a checkout): most files will be unchanged. At a
            # start there are no articles to keep, and a site of pages alone would empty the index.
            self.is_gone = True
            return self._before, self._tree.problems, []
        if places is not None:
            self._keep_outside(places)
        site = self._read_site()
        rules = site.rules if site else self._before.rules
        verified = self._read_verified()
        self._roots = Roots(self._content_dir, site.include_roots if site else self._before.include_roots)
        is_other = (rules, self._roots.declared) != (self._before.rules, self._before.include_roots)
        if places is not None and (verified is not self._before.verified or is_other):
            return self.run(None)
        self._read_all(ParseInputs(verified=verified, rules=rules))
        if places is not None and self._before.entries.keys() - self._entries.keys():
            # What is gone was perhaps renamed, and the event that names its new place is still on its way.
            return self.run(None)
        if self._tree.has_changed and self._attempts < _ATTEMPTS:
            # Else the articles of a folder that is moved away, and back in a moment, would be gone until the next scan.
            return self.run(places)
        if not self._is_first:
            self._keep_out_of_reach()
        found = [problem for entry in self._entries.values() for problem in entry.problems]
        advice, declared = tuple(self._tree.advice), self._roots.declared
        snapshot = Snapshot(self._before.bodies, self._entries, site, verified, advice, rules, declared)
        return snapshot, self._tree.problems, found

    def _read_all(self, given: ParseInputs) -> None:
        """Read the sources and the public files of the tree. ``given`` are the inputs of every source."""
        # An article changes with the files that it includes, wherever they are.
        others = [one.file for one in self._entries.values() if one.included and not is_same(one.included)]
        self._alone = replace(given, verified={})
        for source in (*self._tree.sources, *others):
            if self._stop.is_set():
                raise LoadStopped
            self._read(source, given)
        if self._tree.public is not None:
            self._read_public(self._tree.public)

    def _keep_outside(self, places: frozenset[str]) -> None:
        """Keep the previous entries outside of ``places``."""
        self._entries = dict(self._before.entries)
        for place in places:
            self._entries.pop(place, None)
            self._entries.pop(f"{place}/index.md", None)
        self._tree.advice += (one for one in self._before.advice if place_of(one.path) not in places)

    def _keep_out_of_reach(self) -> None:
        """Keep the previous entries of sources that the scan did not reach, for a reason that is a problem.

        A folder that may not be entered, a link whose target is gone, or a disk that fails takes no article from
        readers. A source that was deleted has no problem.
        """
        blocked = {problem.path for problem in self._tree.problems}
        for source, entry in self._before.entries.items() if blocked else ():
            if source not in self._entries and not blocked.isdisjoint(_with_parents(source)):
                self._entries[source] = entry

    def _read_site(self) -> SiteConfig | None:
        text, is_there = self._read_file(SITE_FILE)
        if not is_there:
            self._tree.advice.append(missing_site())
            return SiteConfig()
        site = None if text is None else collect(self._tree.problems, parse_site, text)
        return site or self._before.site

    def _read_file(self, name: str) -> tuple[str | None, bool]:
        """The text of a file of the content directory, and whether it is there; it may be there and not readable."""
        try:
            file = find_file(self._content_dir, name)
        except InvalidContent as error:
            self._tree.problems += error.problems
            return None, True
        return (collect(self._tree.problems, read_source, file) if file else None), file is not None

    def _read_verified(self) -> VerifiedRecord:
        text, is_there = self._read_file(VERIFIED_FILE)
        record = collect(self._tree.problems, parse_verified, text.encode()) if text else None
        if is_there and record is None and (text or text is None):
            return self._before.verified
        # Keep the same object for an equal record: comparisons of records start with identity.
        return self._before.verified if (record or {}) == self._before.verified else record or {}

    def _read(self, source: SourceFile, given: ParseInputs) -> None:
        """Reuse the previous entry if its files and the inputs ``given`` to all are unchanged; else read it."""
        name = source.file.source
        before = self._before.entries.get(name)
        is_proven = before is not None and (given.verified is self._before.verified or not before.may_run)
        if before and is_proven and before.file == source and self._is_as_it_was(before, given):
            self._entries[name] = before
            return
        problems: list[Problem] = []
        text = collect(problems, read_source, source.file)
        files = self._read_beside(source, before, problems)
        included = Included() if text is None else self._read_included(name, text)
        problems += included.problems
        if text is None or problems:
            self._tree.has_changed |= not problems
            if problems:
                self._entries[name] = Entry(source, {}, problems=tuple(problems), included=included.watched)
            return
        runs = may_run(text)
        record = given.verified if runs else {}
        inputs = self._alone
        if files or record or included.code:
            inputs = replace(given, assets=files, verified=record, included=included.code)
        if before and before.article and before.article.digest == article_digest(name, text, inputs):
            self._entries[name] = replace(before, file=source, files=files, included=included.watched)
            return

        def make_text(url: str, digest: str) -> LazyBody:
            return LazyBody(name, digest, url, source.file.path, inputs, self._before.bodies)

        article = collect(problems, parse_article, name, text, inputs, make_text=make_text)
        if article is not None:
            self._before.bodies.keep_loaded(article.digest, text)
        self._entries[name] = Entry(source, files, article, runs, tuple(problems), included.watched)

    def _read_public(self, listed: tuple[tuple[str, TreeFile], ...]) -> None:
        """Read the public files that changed. They are the entry of a source that has files and no article."""
        source = SourceFile(TreeFile(PUBLIC, str(self._content_dir / PUBLIC), (0, 0, 0, 0), 0), listed)
        before = self._before.entries.get(PUBLIC)
        problems: list[Problem] = []
        if before is None or before.file != source:
            files = self._read_beside(source, before, problems)
            before = Entry(source, files, problems=tuple(problems))
        self._entries[PUBLIC] = before

    def _is_as_it_was(self, before: Entry, given: ParseInputs) -> bool:
        """Whether the inputs of a source besides its own files are unchanged."""
        is_shown = not before.included or (self._roots.declared == self._before.include_roots)
        return given.rules == self._before.rules and is_shown and is_same(before.included)

    def _read_included(self, name: str, text: str) -> Included:
        """Read the code that a source includes. A body that cannot be found or parsed includes none."""
        if not may_include(text):
            return Included()
        try:
            _, body, body_line = split_source(name, text)
            return read_included(name, find_includes(body, body_line), self._roots)
        except Exception:  # noqa: BLE001 - the parse of the text itself reports it
            return Included()

    def _read_beside(self, source: SourceFile, before: Entry | None, problems: list[Problem]) -> Mapping[str, Asset]:
        known = dict(before.file.beside) if before else {}
        files = {}
        for name, file in source.beside:
            kept = before.files.get(name) if before and known.get(name) == file else None
            asset = kept or collect(problems, read_asset, file, name)
            if asset:
                files[name] = asset
            self._tree.has_changed |= asset is None and not problems
        return files
