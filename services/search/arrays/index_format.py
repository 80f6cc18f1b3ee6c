"""The version of the arrays. An index of another version is not read; the next sync rebuilds it."""

from __future__ import annotations

import hashlib

from shared.content.versions import library_versions

#: Raise it when the same articles give other arrays (analysis, fields, layout): every installation then rebuilds its
#: index. ``tests/search/engine_whoosh/test_index_format.py`` fails if it must be raised.
INDEX_FORMAT = 14
#: The distributions whose releases may change a term or a file. ``Article.digest`` covers those that shape the text.
LIBRARIES = ("PyStemmer", "whoosh-reloaded")


def index_digest() -> str:
    """The digest of the index format and of the versions that terms depend on: 16 hexadecimal digits."""
    versions = f"index={INDEX_FORMAT} {library_versions(*LIBRARIES)}"
    return hashlib.sha256(versions.encode()).hexdigest()[:16]
