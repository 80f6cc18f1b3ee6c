"""Sections of a source: their order as a series, and sections without text."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable

from services.importing.findings import Findings
from services.importing.foreign_site import Document, ForeignSite
from services.importing.reading.data_files import text
from services.importing.reading.source_tree import parent


def ordered_series(documents: Iterable[tuple[Document, str, float]], findings: Findings) -> None:
    """Make each section (by name) a series, in the order of the source."""
    sections: dict[str, list[tuple[float, str, Document]]] = {}
    for document, section, weight in documents:
        sections.setdefault(section, []).append((weight, document.path, document))
    for section, members in sections.items():
        if len(members) < 2:
            continue
        for part, (_, _, document) in enumerate(sorted(members, key=lambda one: one[:2]), start=1):
            document.series = (section, part)
        findings.add(
            "converted", "order of a section", members[0][1], 1, f"{section}: a series of {len(members)} parts"
        )


def _is_section(document: Document) -> bool:
    return posixpath.basename(document.path).startswith("_index.")


def _weight(document: Document) -> float | None:
    """The position of a document among those of its folder; None for one that has a date, or is no article."""
    weight = document.data.get("weight")
    has_date = document.dated or any(document.data.get(key) for key in ("date", "publishDate"))
    if has_date or document.is_page or _is_section(document) or isinstance(weight, bool):
        return None
    return float(weight) if isinstance(weight, int | float) else None


def order_by_weight(site: ForeignSite, findings: Findings) -> None:
    """Documents without a date that have a ``weight`` within their folder become a series named like the folder."""
    titles = {
        parent(one.path): text(one.data.get("linkTitle") or one.data.get("title"))
        for one in site.documents
        if _is_section(one)
    }
    folders: dict[str, list[tuple[Document, float]]] = {}
    for document in site.documents:
        weight = _weight(document)
        if weight is not None:
            folder = parent(document.path)
            # A bundle belongs to the folder that contains its own folder.
            is_bundle = posixpath.basename(document.path).startswith("index.")
            folders.setdefault(parent(folder) if is_bundle else folder, []).append((document, weight))
    names = {folder: titles.get(folder) or title_words(posixpath.basename(folder)) for folder in folders}
    shared = {name for name in names.values() if list(names.values()).count(name) > 1}
    for folder, name in names.items():
        if name in shared:
            above = parent(folder)
            names[folder] = f"{titles.get(above) or title_words(posixpath.basename(above))}: {name}"
    ordered_series(
        [
            (document, names[folder], weight)
            for folder, members in folders.items()
            for document, weight in members
            if names[folder]
        ],
        findings,
    )


def title_words(name: str) -> str:
    """The words of a folder's name."""
    words = re.sub(r"[-_]+", " ", re.sub(r"^\d+[-_. ]+", "", name)).strip()
    return words[:1].upper() + words[1:]


def drop_section(site: ForeignSite, document: Document, findings: Findings) -> None:
    """Drop a section's document without text: its address becomes that of the listing."""
    address = document.addresses[0]
    findings.add("dropped", "section without text", document.path, 1, f"{address}: a list that the old site made")
    key = address.rstrip("/").casefold() or "/"
    site.listings.setdefault(key, "/")
    site.sections.setdefault(key, posixpath.dirname(document.path))
