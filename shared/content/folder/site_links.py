"""The links between the pages of a site, found in its files without parsing them, and cached on disk.

Only the indexer uses them. It can read them while another process reads the front matter. The file is derived data: if
it is damaged, of another version or read-only, the content is read again.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path
from sys import intern

import orjson

from shared.content.folder.cache_file import cache_path, read_cache, write_cache
from shared.content.folder.reading import collect, read_source
from shared.content.folder.tree import Signature, TreeFile, find_file, scan_tree
from shared.content.parsing.cross_links import SiteLink, find_site_links, own_addresses
from shared.content.parsing.front_matter import split_source
from shared.content.parsing.site_config import SITE_FILE, parse_site
from shared.process.logger import get_logger
from shared.process.memory import uncollected

log = get_logger("content.links")

#: Raise it when the search for links or the format changes.
FORMAT = 2
#: A file that changed less than this many seconds before it was read may change again without another signature.
SETTLED_S = 2.0
#: For fewer files, finding the links takes less time than a cache of them is worth.
LARGE = 500

_Found = tuple[Signature, tuple[SiteLink, ...]]


def site_links(content_dir: Path, cache_dir: Path | None = None, base_url: str | None = None) -> SiteLinks:
    """The links in the files that are in ``content_dir`` now. Blocking.

    ``base_url`` is a public address of the site beside that of ``site.toml``.
    """
    links = SiteLinks(cache_dir and cache_path(cache_dir, "links", content_dir), base_url)
    links.read((one.file for one in scan_tree(content_dir).sources), _address_in(content_dir))
    return links


class SiteLinks:
    """The links in each source, kept in the file ``path`` if given. Blocking; for one thread at a time."""

    def __init__(self, path: Path | None = None, base_url: str | None = None) -> None:
        self._path = path
        self._base_url = base_url
        self._own: tuple[str, ...] = ()
        self._found: dict[str, _Found] = {}

    def read(self, files: Iterable[TreeFile], address: str = "") -> None:
        """Find the links in those ``files`` that changed since the last call, and forget all other files.

        Links with ``address``, that of the site, lead to its pages; with another one, all files are read again.
        """
        own = tuple(dict.fromkeys(one for one in (address, self._base_url) if one))
        if own != self._own:
            self._own, self._found = own, {}
        before, self._found = self._found or self._stored(), {}
        count, read_at = 0, time.time()
        with uncollected():
            for file in files:
                known = before.get(file.source)
                if known is None or known[0] != file.signature:
                    count += 1
                    known = file.signature, _links_in(file, self._own)
                self._found[file.source] = known
        if count > max(LARGE, len(self._found)) // 100 and len(self._found) >= LARGE:
            self._keep(read_at)

    def __call__(self, source: str) -> tuple[SiteLink, ...]:
        """The links in the file ``source``."""
        return self._found[source][1] if source in self._found else ()

    def _stored(self) -> dict[str, _Found]:
        try:
            payload = read_cache(self._path, _key(self._own)) if self._path else None
            return {
                source: ((size, modified, changed, number), tuple(SiteLink(*map(intern, link)) for link in links))
                for source, (size, modified, changed, number), links in orjson.loads(payload or b"[]")
            }
        except (OSError, ValueError, TypeError):
            return {}

    def _keep(self, read_at: float) -> None:
        """Write the links of files that were settled at ``read_at`` (Unix time); a failure is logged."""
        latest = int((read_at - SETTLED_S) * 1e9)
        settled = (one for one in self._found.items() if max(one[1][0][1:3]) < latest)
        rows = [(source, signature, list(map(tuple, links))) for source, (signature, links) in settled]
        try:
            if self._path is not None:
                write_cache(self._path, _key(self._own), orjson.dumps(rows))
        except (OSError, TypeError) as error:  # TypeError: a lone surrogate
            log.warning("links not kept for the next start", path=str(self._path), error=str(error))


def _key(own: tuple[str, ...]) -> dict[str, object]:
    """What a kept file must name to be read: how links are found, and which addresses are the site's own."""
    return {"format": FORMAT, "own": list(own)}


def _address_in(content_dir: Path) -> str:
    """The address in ``site.toml``; "" if it cannot be read, which the load reports."""
    file = collect([], find_file, content_dir, SITE_FILE)
    text = collect([], read_source, file) if file else None
    site = None if text is None else collect([], parse_site, text)
    return site.base_url if site else ""


def _links_in(file: TreeFile, own: tuple[str, ...]) -> tuple[SiteLink, ...]:
    """The links in one file; none if it cannot be read, which the load reports."""
    text = collect([], read_source, file)
    split = None if text is None else collect([], split_source, file.source, text)
    links = find_site_links(split[1], file.source, own_addresses(own)) if split else ()
    return tuple(SiteLink(*map(intern, link)) for link in links)  # three of four texts and targets occur before
