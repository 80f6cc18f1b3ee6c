"""The readers, one per tool, from a SourceTree to a ForeignSite.

kind                 what a reader is
permalinks           names and dates in paths, and the patterns of permalinks
sections             the order of a section as a series
docusaurus_sidebars  the order of Docusaurus
docusaurus           Docusaurus
mkdocs               MkDocs and Material for MkDocs
astro                Astro and Starlight
zola                 Zola
hugo                 Hugo
pelican              Pelican
eleventy             Eleventy
jekyll_addresses     the addresses of Jekyll
jekyll               Jekyll
markdown             a folder of plain Markdown
"""

from __future__ import annotations

from services.importing.errors import ImportRefused
from services.importing.kinds import astro, docusaurus, eleventy, hugo, jekyll, markdown, mkdocs, pelican, zola
from services.importing.kinds.kind import Kind
from services.importing.reading.source_tree import SourceTree

#: In the order in which ``auto`` tries them: the clearest signs first, plain Markdown last.
KINDS: dict[str, Kind] = {
    one.name: one
    for one in (
        docusaurus.KIND,
        mkdocs.KIND,
        astro.KIND,
        zola.KIND,
        hugo.KIND,
        pelican.KIND,
        eleventy.KIND,
        jekyll.KIND,
        markdown.KIND,
    )
}


def find_kind(name: str, tree: SourceTree) -> tuple[Kind, str]:
    """The reader of that name, or for ``auto`` the first that recognises the tree, with the folder of its project.

    Raises ImportRefused if the tree is not of that kind, or of none.
    """
    if name != "auto":
        folder = KINDS[name].detect(tree)
        if folder is None:
            looks = next((one.name for one in KINDS.values() if one.detect(tree) is not None), None)
            hint = f"; it looks like {looks}" if looks else ""
            raise ImportRefused(f"{tree.root} is not of the kind {name}: {KINDS[name].expects}{hint}")
        return KINDS[name], folder
    for kind in KINDS.values():
        folder = kind.detect(tree)
        if folder is not None:
            return kind, folder
    raise ImportRefused(f"{tree.root}: no known kind of site, and no Markdown, was found there")
