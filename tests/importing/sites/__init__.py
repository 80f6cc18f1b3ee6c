"""Small sites in the form of each tool, with the constructs that its authors use most.

Nothing of anybody's site is in them.

files       a site as files by path, and a picture for it
docusaurus  Docusaurus
mkdocs      MkDocs and Material for MkDocs
astro       Astro and Starlight
zola        Zola
hugo        Hugo
pelican     Pelican
eleventy    Eleventy
jekyll      Jekyll
markdown    a folder of plain Markdown
"""

from __future__ import annotations

from tests.importing.sites.astro import ASTRO
from tests.importing.sites.docusaurus import DOCUSAURUS
from tests.importing.sites.eleventy import ELEVENTY
from tests.importing.sites.files import PIXEL, Files, write_site
from tests.importing.sites.hugo import HUGO
from tests.importing.sites.jekyll import JEKYLL
from tests.importing.sites.markdown import MARKDOWN
from tests.importing.sites.mkdocs import MKDOCS
from tests.importing.sites.pelican import PELICAN
from tests.importing.sites.zola import ZOLA

__all__ = ["PIXEL", "SITES", "Files", "write_site"]

SITES: dict[str, Files] = {
    "hugo": HUGO,
    "zola": ZOLA,
    "jekyll": JEKYLL,
    "mkdocs-material": MKDOCS,
    "docusaurus": DOCUSAURUS,
    "eleventy": ELEVENTY,
    "astro": ASTRO,
    "pelican": PELICAN,
    "markdown": MARKDOWN,
}
