"""Decisions about all documents together: parts of series, spellings of names, missing dates, places."""

from __future__ import annotations

import posixpath
from collections import Counter
from datetime import UTC, date, datetime

from services.importing.foreign_site import Document
from services.importing.metadata.dates import moment
from services.importing.metadata.table import Metadata
from services.importing.naming import Wish, choose_slugs, to_slug
from services.importing.reading.source_tree import modified_on
from services.importing.work import Work
from shared.content.slug import author_slug, tag_slug


def made_up_date(work: Work, document: Document, metadata: Metadata) -> date:
    """A date for a document without one: its last update, else its file's; later runs keep it."""
    known = work.manifest.dates.get(document.path)
    try:
        found = date.fromisoformat(known) if known else None
    except ValueError:
        found = None
    if found is None and metadata.updated is not None:
        found = moment(metadata.updated, work.zone).date()
    if found is None:
        try:
            seconds = modified_on(work.tree, document.path)
        except OSError:
            seconds = work.job.now.timestamp()
        found = min(datetime.fromtimestamp(seconds, UTC), work.job.now).date()
    work.dates[document.path] = found.isoformat()
    work.findings.add("converted", "no date", document.path, 1, f"{found}: the date of the file stands in")
    return found


def settle_series(work: Work) -> None:
    """One spelling for each series and one number for each part; parts that clash are numbered by date."""
    groups: dict[str, list[tuple[int, datetime, str]]] = {}
    names: dict[str, str] = {}
    for path, metadata in work.metadata.items():
        slug = to_slug(metadata.series)
        if slug:
            names.setdefault(slug, metadata.series)
            started = moment(metadata.published, work.zone) if metadata.published else work.job.now
            groups.setdefault(slug, []).append((metadata.part or 1_000_000, started, path))
    for slug, members in groups.items():
        parts = [part for part, _, _ in members]
        is_settled = len(set(parts)) == len(parts) and max(parts) < 1_000_000
        for number, (part, _, path) in enumerate(sorted(members), start=1):
            work.metadata[path].series, work.metadata[path].part = names[slug], part if is_settled else number


def settle_spellings(work: Work) -> None:
    """One spelling for each tag and each author: the most used one; ties go to the first in alphabetical order."""
    documents = {document.path: document for document in work.site.documents}
    for key, slug_of in (("tags", tag_slug), ("authors", author_slug)):
        used = Counter(name for metadata in work.metadata.values() for name in getattr(metadata, key))
        chosen: dict[str, str] = {}
        for name in sorted(used, key=lambda name: (-used[name], name)):
            chosen.setdefault(slug_of(name), name)
        for path, metadata in work.metadata.items():
            names: list[str] = getattr(metadata, key)
            for at, name in enumerate(names):
                names[at] = chosen[slug_of(name)]
                if names[at] != name:
                    line = documents[path].foreign.lines.get(key, 1)
                    note = f"{name} → {names[at]}, as most of the others write it"
                    work.findings.add("converted", f"spelling of one of the {key}", path, line, note)


def choose_places(work: Work) -> None:
    """Give each document its place, the same as in earlier runs."""
    target = work.job.target
    own = {posixpath.normpath(place) for place in work.manifest.places.values()}
    taken = {
        f"{folder}/{path.name.removesuffix('.md')}"
        for folder in ("articles", "pages")
        if (target / folder).is_dir()
        for path in (target / folder).iterdir()
    } - own
    wishes = [_wish(document, work.metadata[document.path].language) for document in work.site.documents]
    work.places = choose_slugs(wishes, work.manifest.places, taken)


def _wish(document: Document, language: str) -> Wish:
    """The preferred name of a document. ``language`` is empty for one in that of the site."""
    chosen, names = str(document.data.get("slug") or ""), document.names
    if chosen.startswith("/"):
        # A path is an address: its last part is treated like the name of a file.
        names, chosen = (*names[:-1], chosen.strip("/").rpartition("/")[2] or names[-1]), ""
    if language:
        names = (*names[:-1], language, *names[-1:])
    return Wish(document.path, names, chosen, document.is_page, bool(language))
