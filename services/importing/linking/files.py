"""Find the file of the source that a target names: beside the document, or in a static folder. Pure."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from urllib.parse import unquote

from services.importing.constructs.context import SOURCE_SCHEME
from services.importing.foreign_site import Document, ForeignSite
from services.importing.linking.atlas import Atlas


def find_file(atlas: Atlas, document: Document, path: str) -> str | None:
    """The path of the file that ``path``, written in ``document``, names; ``None`` if there is none."""
    site = atlas.site
    plain = unquote(path)
    if plain.startswith(SOURCE_SCHEME):
        plain = plain.removeprefix(SOURCE_SCHEME).removeprefix("wiki:")
    plain = re.sub(r"^(?:\{(?:static|attach|filename)\}|\|(?:static|attach|filename)\||pathname://)", "", plain)
    here = posixpath.dirname(document.path)
    candidates = list(_stated(site, document, plain))
    if plain.startswith("/"):
        inner = plain
        for option in {inner, inner.removeprefix(site.base_path) or "/"}:
            candidates += [f"{root}{option}" for root in (*site.static_roots, *site.roots)]
    else:
        candidates.append(posixpath.join(here, plain))
        own = document.addresses[0] if document.addresses else "/"
        address = posixpath.normpath(posixpath.join("/", own if own.endswith("/") else posixpath.dirname(own), plain))
        up = posixpath.normpath(posixpath.join("/", posixpath.dirname(own.rstrip("/")), plain))
        candidates += [f"{root}{option}" for option in (address, up) for root in (*site.static_roots, *site.roots)]
        candidates += [f"{root}/{plain}" for root in (*site.static_roots, *site.roots)]
    if path.startswith(f"{SOURCE_SCHEME}wiki:") and "/" not in plain:
        # Obsidian names a file alone, wherever it lies.
        candidates += sorted(atlas.files_named(plain), key=lambda one: (one.count("/"), one))
    for candidate in candidates:
        normal = posixpath.normpath(candidate).lstrip("/")
        if normal in atlas.files:
            return normal
    return None


def _stated(site: ForeignSite, document: Document, plain: str) -> Iterator[str]:
    """Where the configuration or the front matter says that a file lies."""
    for alias, folder in (site.options.get("path_aliases") or {}).items():
        if plain.startswith(alias):
            yield posixpath.join(folder, plain.removeprefix(alias))
    # The theme Chirpy: the folder of a post's pictures.
    below = document.data.get("media_subpath") or document.data.get("img_path")
    if isinstance(below, str) and not plain.startswith("/"):
        yield from (f"{root}/{below.strip('/')}/{plain}" for root in site.static_roots)
