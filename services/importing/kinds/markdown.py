"""A folder of plain Markdown: its files, their folders, and nothing else."""

from __future__ import annotations

import posixpath
import re

from services.importing.findings import Findings
from services.importing.foreign_site import Document, ForeignSite
from services.importing.kinds.kind import Kind
from services.importing.kinds.permalinks import names_of, split_date
from services.importing.metadata.values import texts
from services.importing.reading.documents import MDX, documents_in, is_repository_file
from services.importing.reading.source_tree import SourceTree, parent

#: A name that can be an old address too.
_ADDRESS = re.compile(r"[a-z0-9._-]+")


def _detect(tree: SourceTree) -> str | None:
    return "" if any(path.endswith(MDX) for path in tree.sizes) else None


def _read(tree: SourceTree, folder: str, findings: Findings) -> ForeignSite:
    site = ForeignSite(
        kind="markdown",
        title=re.sub(r"[-_]+", " ", posixpath.basename(str(tree.root))).strip().capitalize(),
        roots=[folder],
        static_roots=[folder],
        options={"snippets": ("",), "wiki_links": True, "inline_marks": ("==mark==",), "hidden_comments": True},
    )
    for path, foreign in documents_in(tree, folder, findings, MDX, has_line_form=True):
        names = names_of(path, folder)
        dated, rest = split_date(names[-1])
        is_top = parent(path) == ""
        if is_top and is_repository_file(path) and names[-1].lower() != "readme" and not foreign.data:
            findings.add(
                "dropped", "file of the repository", path, 1, "not part of the site: move it into a folder to import it"
            )
            continue
        document = Document(
            path, foreign, dict(foreign.data), (*names[:-1], rest), dated=dated, is_mdx=path.endswith(".mdx")
        )
        if names in {("readme",), ("README",), ("index",)}:
            document.names = ("home",)
            heading = re.search(r"^#[ \t]+(.+?)[ \t]*#*$", foreign.body, re.MULTILINE)
            if heading:
                site.title = re.sub(r"<!--.*?-->|[*_`]", "", heading[1]).strip()
        _split_aliases(document, findings)
        # A date in folder names: 2021/11/30/name.md
        stated = re.search(r"(?:^|/)(\d{4})/(\d{1,2})/(\d{1,2})/", path)
        if stated and not dated:
            document.dated = "-".join(stated.groups())
        site.documents.append(document)
    return site


def _split_aliases(document: Document, findings: Findings) -> None:
    """Take names out of the old addresses: Obsidian's ``aliases`` are what ``[[links]]`` may call a note."""
    stated = document.data.get("aliases")
    aliases = [stated] if isinstance(stated, str) else texts(stated)
    document.other_names = tuple(aliases)
    names = [one for one in aliases if "/" not in one and not _ADDRESS.fullmatch(one)]
    if names:
        document.data["aliases"] = [one for one in aliases if one not in names]
        line = document.foreign.lines.get("aliases", 1)
        findings.add("converted", "alias that is a name", document.path, line, ", ".join(names)[:80])


KIND = Kind("markdown", "it looks for files that end in .md", _detect, _read)
