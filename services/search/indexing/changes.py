"""What has to change in an index so that it holds exactly the given articles. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from shared.content.article import Article


@dataclass(frozen=True, slots=True)
class Change:
    """The articles to add and to replace, and the slugs to remove."""

    added: tuple[Article, ...]
    changed: tuple[Article, ...]
    removed: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.added or self.changed or self.removed)


def plan_changes(indexed: Mapping[str, str], articles: Iterable[Article]) -> Change:
    """What turns ``indexed`` (slug → digest) into ``articles``. An unchanged digest means an untouched document."""
    wanted = {article.slug: article for article in articles}
    differing = [article for slug, article in wanted.items() if indexed.get(slug) != article.digest]
    return Change(
        added=tuple(article for article in differing if article.slug not in indexed),
        changed=tuple(article for article in differing if article.slug in indexed),
        removed=tuple(sorted(indexed.keys() - wanted.keys())),
    )
