"""Copy files of the source: beside an article, its cover, and downloads that no article has."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from services.importing.conversion import Converted
from services.importing.findings import Findings
from services.importing.foreign_site import Document
from services.importing.linking import Resolver
from services.importing.reading.source_tree import MAX_ASSET_BYTES, Unreadable
from services.importing.work import Work
from services.importing.writing import Output
from shared.content.folder.asset import parse_asset
from shared.content.folder.tree import PUBLIC
from shared.content.problem import InvalidContent
from shared.content.slug import is_own_path

#: Parts of the old pages, and pictures: what articles show of these is beside them.
_PARTS = re.compile(
    r"(?i)(?:^|/)(?:_headers|_redirects|manifest\.json)$|\.(?:css|less|s[ac]ss|[cm]?jsx?|tsx?|map|woff2?|[ot]tf|eot|html?|"
    r"xml|xsl|ico|cur|webmanifest|png|jpe?g|gif|webp|avif|svg|md|mdx|psd|ai|sketch)$"
)
#: Files by which search engines know the owner of a site.
_PROOF = re.compile(r"(?i)(?:google[0-9a-f]{8,}|yandex_[0-9a-f]{8,})\.html|BingSiteAuth\.xml")


@dataclass(slots=True)
class Beside:
    """The files to copy beside one article, and their names there: no two names differ only in case."""

    work: Work
    document: Document
    names: dict[str, str] = field(default_factory=dict)
    data: dict[str, bytes] = field(default_factory=dict)

    def name(self, path: str) -> str | None:
        """The name of ``path`` beside the article; ``None`` if it is too large or cannot be read."""
        if path in self.names:
            return self.names[path]
        if path in self.work.refused:
            return None
        try:
            data = self.work.tree.bytes_of(path, MAX_ASSET_BYTES)
            asset = parse_asset(path, posixpath.basename(path), self.work.tree.root / path, data)
            faults = [one.message for one in asset.problems if one.severity == "error"]
        except Unreadable as error:
            faults = [str(error)]
        except InvalidContent as error:
            faults = [one.message for one in error.problems]
        if faults:
            # A file that the site rejects would be an error of every article that shows it.
            self.work.findings.add("dropped", "file that cannot be copied", path, 1, faults[0])
            self.work.refused.add(path)
            return None
        self.data[path] = data
        stem, suffix = posixpath.splitext(posixpath.basename(path))
        stem = stem.lstrip(".#~") or "file"
        taken = {name.casefold() for name in self.names.values()} | {"index.md"}
        candidate, number = f"{stem}{suffix}", 1
        while candidate.casefold() in taken:
            number += 1
            candidate = f"{stem}-{number}{suffix}"
        self.names[path] = candidate
        return candidate


def copy_cover(one: Converted, resolver: Resolver, assets: list[str], findings: Findings) -> None:
    """Copy the cover of an article, or keep its address under ``extra``."""
    if one.metadata.cover is None:
        return
    source, text = one.metadata.cover
    found = resolver.resolve(source, is_picture=True)
    line = next(
        (
            one.document.foreign.lines[key]
            for key in ("cover", "image", "coverImage", "heroImage")
            if key in one.document.foreign.lines
        ),
        1,
    )
    if found is not None and found.asset:
        assets.append(found.asset)
        one.metadata.cover = (found.target, text or one.metadata.title)
    else:
        one.metadata.cover = None
        one.metadata.extra["cover"] = source
        findings.add(
            "converted" if found is None else "dropped",
            "cover on another site" if found is None else "cover that is not there",
            one.document.path,
            line,
            source[:80],
        )


def public_files(work: Work, used: Collection[str]) -> Iterator[Output]:
    """The downloads of the old site's folders of files that are not ``used`` by an article, at the same address."""
    for root in work.site.public_roots:
        for path in work.tree.below(root):
            name = posixpath.relpath(path, root)
            if path in used or (_PARTS.search(name) and not _PROOF.fullmatch(name)):
                continue
            data, fault = b"", f"the site serves /{name} itself" if is_own_path(name) else ""
            try:
                data = data if fault else work.tree.bytes_of(path, MAX_ASSET_BYTES)
            except Unreadable as error:
                fault = str(error)
            if fault:
                work.findings.add("dropped", "file that cannot be copied", path, 1, fault)
                continue
            work.findings.add("carried", "file that no article uses", path, 1, f"at /{name}, from {PUBLIC}/")
            work.pictures += 1
            yield Output(f"{PUBLIC}/{name}", data, path)
