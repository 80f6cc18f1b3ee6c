"""The order of Docusaurus: sidebars and positions become series, items of the navbar become navigation."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from typing import Any

from services.importing.findings import Findings
from services.importing.foreign_site import Document, ForeignSite
from services.importing.kinds.sections import ordered_series, title_words
from services.importing.reading.data_files import table, text

#: The number before the name of a file or folder, which orders it and is not part of its address.
NUMBERED = re.compile(r"^\d+\s*[-_.]+\s*(?=[^\d\s])")


def read_sidebars(site: ForeignSite, loaded: object, findings: Findings) -> None:
    """Each category of a sidebar is a series, in its order."""
    sidebars = table(loaded.get("default")) if isinstance(loaded, Mapping) and "default" in loaded else table(loaded)
    by_id: dict[str, Document] = {}
    for document in site.documents:
        for root in site.roots:
            if document.path.startswith(f"{root}/"):
                relative = posixpath.splitext(posixpath.relpath(document.path, root))[0]
                folder = posixpath.dirname(relative)
                by_id.setdefault(relative, document)
                by_id.setdefault("/".join(NUMBERED.sub("", part) for part in relative.split("/")), document)
                if document.data.get("id"):
                    by_id.setdefault(posixpath.join(folder, str(document.data["id"])), document)
    for name, rows in sidebars.items():
        _category(title_words(name), rows, by_id, findings, is_top=True)


def _category(
    label: str, rows: object, by_id: Mapping[str, Document], findings: Findings, *, is_top: bool = False
) -> None:
    """A category and those inside it. The top level of a sidebar is in no category."""
    if isinstance(rows, Mapping):
        for name, inner in rows.items():
            _category(str(name), inner, by_id, findings)
        return
    own: list[Document] = []
    for row in rows if isinstance(rows, list) else []:
        if isinstance(row, Mapping) and row.get("type") == "category":
            _category(text(row.get("label")) or label, row.get("items"), by_id, findings)
        elif isinstance(row, Mapping) and "type" not in row:
            _category(label, row, by_id, findings)
        else:
            identity = row.get("id") if isinstance(row, Mapping) else row
            document = by_id.get(str(identity))
            if document is not None and document.series is None:
                own.append(document)
    if is_top or len(own) < 2:
        return
    for part, document in enumerate(own, start=1):
        document.series = (label, part)
    findings.add("converted", "sidebar category", "sidebars", 1, f"{label}: a series of {len(own)} parts")


def read_positions(site: ForeignSite, findings: Findings) -> None:
    """``sidebar_position`` orders the documents of a folder where no sidebar does."""
    found = []
    for document in site.documents:
        position = document.data.get("sidebar_position")
        if document.series is None and isinstance(position, int | float) and len(document.names) > 1:
            found.append((document, title_words(document.names[-2]), float(position)))
    ordered_series(found, findings)


def navigation(config: Mapping[str, Any], site: ForeignSite) -> Iterator[tuple[str, str]]:
    """The items of the navbar that lead to a document, a sidebar or an address: label and address."""
    by_id = {"/".join(document.names): document for document in site.documents}
    items = table(table(config.get("themeConfig")), "navbar").get("items")
    for item in items if isinstance(items, list) else []:
        row = table(item)
        label = text(row.get("label"))
        if row.get("type") == "doc":
            document = by_id.get(re.sub(r"/(?:index|readme)$", "", str(row.get("docId") or ""), flags=re.IGNORECASE))
            if document is not None and label:
                yield label, document.addresses[0]
        elif row.get("type") == "docSidebar" and label and site.roots:
            documents = [one for one in site.documents if one.path.startswith(f"{site.roots[0]}/") and not one.language]
            if documents:
                yield label, min(documents, key=_position).addresses[0]
        elif label and row.get("type") in {None, "default"}:
            target = str(row.get("to") or row.get("href") or "")
            if target:
                yield label, target if target.startswith(("http", "/")) else f"/{target}"


def _position(document: Document) -> tuple[int, float, str]:
    """How early a document stands in the sidebar."""
    position = document.data.get("sidebar_position")
    return len(document.names), float(position) if isinstance(position, int | float) else 1_000.0, document.path
