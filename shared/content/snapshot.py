"""What one load leaves for the next: every source as it was read and parsed. A value; it knows no files."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from shared.content.article import Article
from shared.content.asset import Asset
from shared.content.cross_links import Resolution
from shared.content.problem import Problem
from shared.content.site_config import SiteConfig
from shared.content.tree import Signature
from shared.content.verified import VerifiedRecord

#: Signatures of a source file and of the files beside it, by name. Equal ones mean that nothing needs to be read.
Signatures = Mapping[str, Signature]


@dataclass(frozen=True, slots=True)
class Entry:
    """One source. Either ``article`` is there or ``problems`` says why not. ``content`` is the digest of what was read.

    ``resolution`` is where the links to other sources in the article's HTML lead; ``None`` before they were turned.
    """

    signatures: Signatures
    content: str
    files: Mapping[str, Asset]
    article: Article | None
    problems: tuple[Problem, ...] = ()
    resolution: Resolution | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All sources of one load by their path, the site, the record of verified samples, and what the tree has to say."""

    entries: Mapping[str, Entry] = field(default_factory=dict)
    site: SiteConfig | None = None
    verified: VerifiedRecord = field(default_factory=dict)
    advice: tuple[Problem, ...] = ()

    def is_same(self, other: Snapshot) -> bool:
        """Whether nothing at all differs: entries are kept from load to load, so that identity says it."""
        return (
            (self.site, self.advice) == (other.site, other.advice)
            and self.entries.keys() == other.entries.keys()
            and all(entry is other.entries[source] for source, entry in self.entries.items())
        )


def content_digest(text: str, files: Mapping[str, Asset]) -> str:
    """The digest of a source and the files beside it."""
    digest = hashlib.sha256(text.encode())
    for name in sorted(files):
        digest.update(f"\0{name}\0{files[name].digest}".encode())
    return digest.hexdigest()


def is_proven_alike(article: Article, before: VerifiedRecord, now: VerifiedRecord) -> bool:
    """Whether both records say the same of the article's samples."""
    return before is now or all(before.get(one.digest) == now.get(one.digest) for one in article.samples)
