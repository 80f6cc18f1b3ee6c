"""The version of the arrays: what another version wrote is not read, and the next sync builds it again."""

from __future__ import annotations

import hashlib

from shared.content.versions import library_versions

#: Raise it when the same articles give other arrays: analysis, fields, layout. It is pinned, with when to raise it, in
#: ``tests/search/engine_whoosh/test_index_format.py``. Every installation then builds its index again.
INDEX_FORMAT = 10
#: The distributions whose releases may change a term or a file. What decides about the text is in ``Article.digest``.
LIBRARIES = ("PyStemmer", "whoosh-reloaded")


def index_digest() -> str:
    """Names the index format and the versions that terms depend on: 16 hexadecimal digits."""
    versions = f"index={INDEX_FORMAT} {library_versions(*LIBRARIES)}"
    return hashlib.sha256(versions.encode()).hexdigest()[:16]
