"""The digest of what decides how articles become postings: an index with another digest is built again."""

from __future__ import annotations

import hashlib

from shared.content.versions import library_versions

#: Raise it when the same articles give other arrays: analysis, fields, layout. ``tests/search/test_index_format.py``
#: pins it, and says when. Every installation then builds its index again.
INDEX_FORMAT = 3
#: The distributions whose releases may change a term. What decides about the text itself is in ``Article.digest``.
LIBRARIES = ("PyStemmer",)


def index_digest() -> str:
    """Names the index format and the versions that terms depend on: 16 hexadecimal digits."""
    versions = f"index={INDEX_FORMAT} {library_versions(*LIBRARIES)}"
    return hashlib.sha256(versions.encode()).hexdigest()[:16]
