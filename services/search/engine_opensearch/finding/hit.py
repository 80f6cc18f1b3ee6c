"""One hit of a search in the cluster."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from services.search.engine_opensearch.indexes.columns import read_binary


@dataclass(frozen=True, slots=True)
class ClusterHit:
    """One hit of the cluster: its stored fields, exact matches, columns and, if fetched, its text."""

    slug: str
    digest: str
    stored: bytes
    exact: tuple[tuple[int, int], ...] = ()
    columns: str | None = None
    text: bytes = b""

    def with_text(self, text: str) -> ClusterHit:
        """A copy with the text for snippets."""
        return replace(self, text=text.encode("utf-8", "replace"))


#: The doc values that ``read_hit`` reads; COLUMNS is needed to find words in the text.
FIELDS = ("slug", "digest", "exact", "stored")
COLUMNS = "columns"


def read_hit(fields: Mapping[str, Any]) -> ClusterHit:
    """The hit of a search, from its doc values."""
    pairs = (value.split(":") for value in fields.get("exact", ()))
    return ClusterHit(
        fields["slug"][0],
        fields["digest"][0],
        read_binary(fields["stored"][0]),
        tuple((int(key, 16), int(kind)) for kind, key in pairs),
        next(iter(fields.get(COLUMNS, ())), None),
    )
