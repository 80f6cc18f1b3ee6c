"""The state that one load passes to the next: every source as it was read. A value; does not depend on files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from shared.content.article import Article
from shared.content.folder.asset import Asset
from shared.content.folder.bodies import Bodies
from shared.content.folder.included import Watched
from shared.content.folder.tree import SourceFile
from shared.content.folder.verified import VerifiedRecord
from shared.content.parsing.site_config import SiteConfig
from shared.content.problem import Problem
from shared.content.rules import ParseRules


@dataclass(frozen=True, slots=True)
class Entry:
    """One source, or all public files. Of a source, either ``article`` is there or ``problems`` says why not.

    While ``file`` and its included files are unchanged, nothing needs to be read. ``may_run`` says that it depends on
    the record of runs.
    """

    file: SourceFile
    files: Mapping[str, Asset]
    article: Article | None = None
    may_run: bool = False
    problems: tuple[Problem, ...] = ()
    included: Watched = ()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All sources of one load by path, the site, the record of verified samples, and the problems of the tree.

    ``bodies`` serve every load of a series. The entries were parsed by ``rules``.
    """

    bodies: Bodies = field(default_factory=Bodies)
    entries: Mapping[str, Entry] = field(default_factory=dict)
    site: SiteConfig | None = None
    verified: VerifiedRecord = field(default_factory=dict)
    advice: tuple[Problem, ...] = ()
    rules: ParseRules = field(default_factory=ParseRules)
    include_roots: tuple[str, ...] = ()

    def is_same(self, other: Snapshot) -> bool:
        """Whether nothing differs. Entries are reused between loads, so identity is enough."""
        return (
            self.verified is other.verified
            and (self.site, self.advice) == (other.site, other.advice)
            and self.entries.keys() == other.entries.keys()
            and all(entry is other.entries[source] for source, entry in self.entries.items())
        )
