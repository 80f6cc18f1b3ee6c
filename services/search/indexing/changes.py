"""Plan the changes that make an index hold exactly the given articles. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from shared.content.article import Article

#: Articles in the first stage of a large change: two seconds of work on two processors.
FIRST_STAGE = 200
#: The growth factor of the stages, up to the largest: a whole stage is in memory.
STAGE_GROWTH = 5
LARGEST_STAGE = 1_500


@dataclass(frozen=True, slots=True)
class Change:
    """The articles to add and to replace, and the slugs to remove."""

    added: tuple[Article, ...]
    changed: tuple[Article, ...]
    removed: tuple[str, ...]

    @property
    def count(self) -> int:
        """Count the articles to read."""
        return len(self.added) + len(self.changed)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.added or self.changed or self.removed)

    def only(self, articles: Iterable[Article]) -> Change:
        """Restrict the change to these articles."""
        slugs = {article.slug for article in articles}
        return replace(
            self,
            added=tuple(article for article in self.added if article.slug in slugs),
            changed=tuple(article for article in self.changed if article.slug in slugs),
        )


def plan_changes(indexed: Mapping[str, str], articles: Iterable[Article]) -> Change:
    """Plan the change from ``indexed`` (slug → digest) to ``articles``. An unchanged digest keeps its document."""
    wanted = {article.slug: article for article in articles}
    differing = [article for slug, article in wanted.items() if indexed.get(slug) != article.digest]
    return Change(
        added=tuple(article for article in differing if article.slug not in indexed),
        changed=tuple(article for article in differing if article.slug in indexed),
        removed=tuple(sorted(indexed.keys() - wanted.keys())),
    )


def stages(change: Change) -> list[Change]:
    """Split ``change`` into parts to publish one after the other, the first ones smaller; none for no change.

    The first articles (the newest, in the order of a Library) can be found after a few seconds, however many there are.
    """
    if change.is_empty:
        return []
    parts, size, removed = [], FIRST_STAGE, change.removed
    added, changed = change.added, change.changed
    while len(added) + len(changed) > size + size // 2:
        first = added[:size]
        rest = size - len(first)
        parts.append(Change(first, changed[:rest], removed))
        added, changed, removed = added[size:], changed[rest:], ()
        size = min(size * STAGE_GROWTH, LARGEST_STAGE)
    return [*parts, Change(added, changed, removed)]
