"""What one load leaves for the next: every source as it was read and parsed. A value; it knows no files."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from shared.content.article import Article
from shared.content.folder.asset import Asset
from shared.content.parsing.cross_links import Resolution
from shared.content.problem import Problem
from shared.content.parsing.site_config import SiteConfig
from shared.content.folder.tree import SourceFile
from shared.content.folder.verified import VerifiedRecord


@dataclass(frozen=True, slots=True)
class Entry:
    """One source. Either ``written`` is there or ``problems`` says why not.

    While ``file`` is found as it was, nothing needs to be read. ``content`` is the digest of what was read.
    ``written`` is the article with its links to other ``sources`` as they stand in the file; ``article`` is the same
    with the links turned as ``resolution`` says. Both are ``None`` before they were. ``samples`` are the digests of its
    code samples.
    """

    file: SourceFile
    content: str
    files: Mapping[str, Asset]
    written: Article | None = None
    sources: tuple[str, ...] = ()
    samples: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    article: Article | None = None
    resolution: Resolution | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All sources of one load by their path, the site, the record of verified samples, and what the tree has to say.

    ``permalinks`` are those that links were turned by last, by source.
    """

    entries: Mapping[str, Entry] = field(default_factory=dict)
    site: SiteConfig | None = None
    verified: VerifiedRecord = field(default_factory=dict)
    advice: tuple[Problem, ...] = ()
    permalinks: Mapping[str, str] = field(default_factory=dict)

    def is_same(self, other: Snapshot) -> bool:
        """Whether nothing at all differs: entries are kept from load to load, so that identity says it."""
        return (
            self.verified is other.verified
            and (self.site, self.advice) == (other.site, other.advice)
            and self.entries.keys() == other.entries.keys()
            and all(entry is other.entries[source] for source, entry in self.entries.items())
        )


def content_digest(text: str, files: Mapping[str, Asset]) -> str:
    """The digest of a source and the files beside it."""
    digest = hashlib.sha256(text.encode())
    for name in sorted(files):
        digest.update(f"\0{name}\0{files[name].digest}".encode())
    return digest.hexdigest()


def is_proven_alike(entry: Entry, before: VerifiedRecord, now: VerifiedRecord) -> bool:
    """Whether both records say the same of the entry's samples."""
    return before is now or all(before.get(digest) == now.get(digest) for digest in entry.samples)
