"""The files by which the owner of a site shapes the understanding of queries: synonyms and own words."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from services.search.text.synonyms import Synonyms
from services.search.text.words.known import KnownWords
from shared.process.regular import read_regular


@dataclass(frozen=True, slots=True)
class Dictionaries:
    """The paths of both files; None for a site that has none. Methods read the files each time."""

    synonyms_path: Path | None = None
    words_path: Path | None = None

    def load(self) -> tuple[Synonyms, KnownWords]:
        """Load both. What cannot be read is left out, with a warning."""
        return Synonyms.load(self.synonyms_path), KnownWords.load(self.words_path)

    def named(self, generation: str) -> str:
        """The name of ``generation`` with these files: equal names mean equal answers."""
        files = b"\0".join(map(_bytes_of, (self.synonyms_path, self.words_path)))
        return f"{generation}-{hashlib.sha256(files).hexdigest()[:8]}" if files != b"\0" else generation


def _bytes_of(path: Path | None) -> bytes:
    """The bytes of a file; empty if it cannot be read."""
    try:
        return read_regular(path) if path else b""
    except OSError:
        return b""
