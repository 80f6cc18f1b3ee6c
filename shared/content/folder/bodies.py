"""Parse bodies on demand: read the file again, compare its digest with the article's, and parse.

Blocking; may be called from any thread. It never returns the body of another version of an article.
"""

from __future__ import annotations

import threading
import zlib
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from cachetools import LRUCache

from shared.content.article import Article, Body
from shared.content.folder.findings import Findings
from shared.content.markdown.code.includes import write_out
from shared.content.parsing.inputs import ParseInputs
from shared.content.parsing.parse import article_digest, parse_text
from shared.content.problem import InvalidContent, Problem, StaleBody

#: The number of parsed bodies to cache, least recently used first out: for the front page, feeds, pages in use.
KEPT_BODIES = 64
#: Bytes of compressed texts that a load keeps at once; those of a larger site are kept when they are verified.
LOADED_BYTES = 1 << 20
#: Level 1 takes half the time of the default for 8 % more bytes.
_LEVEL = 1


@dataclass(frozen=True, slots=True)
class LazyBody:
    """Callable that parses the body of one article. Equal digests mean equal bodies.

    ``path`` is where the file of ``source`` is; ``inputs`` hold no runs for a source without samples to run.
    """

    source: str
    digest: str
    url: str = field(compare=False)
    path: str = field(compare=False)
    inputs: ParseInputs = field(compare=False, repr=False)
    bodies: Bodies = field(compare=False, repr=False)

    def __call__(self) -> Body:
        """The body. Raises StaleBody."""
        return self.bodies.get(self)


class Bodies:
    """The bodies of one content directory.

    ``wants_html`` says whether bodies come with their HTML. Texts are then kept, compressed: an edit that is invalid,
    or not loaded yet, does not take the version before it from readers.
    """

    def __init__(self, *, wants_html: bool = True, findings: Findings | None = None) -> None:
        self._wants_html = wants_html
        #: Problems of bodies parsed here are added to it; those of bodies parsed elsewhere are read from it.
        self.findings = findings
        self._lock = threading.Lock()
        #: An indexer needs each body once.
        self._recent: LRUCache[str, Body] = LRUCache(KEPT_BODIES if wants_html else 1)
        self._texts: dict[str, bytes] = {}
        self._texts_bytes = 0
        self._problems: dict[str, tuple[Problem, ...]] = {}

    def __reduce__(self) -> tuple[object, ...]:
        """Another process starts with an empty cache."""
        return _start, (self._wants_html, self.findings and self.findings.path)

    def get(self, lazy: LazyBody) -> Body:
        """Return the body. Raises StaleBody if the file has changed, InvalidContent if the parser fails."""
        with self._lock:
            body = self._recent.get(lazy.digest)
            if body is not None:
                return body
        body = self._parse(lazy, self.source_text(lazy), wants_html=self._wants_html)
        with self._lock:
            self._recent[lazy.digest] = body
        self._found(lazy.digest, body.problems)
        return body

    def _found(self, digest: str, problems: tuple[Problem, ...]) -> None:
        with self._lock:
            is_known = digest in self._problems
            self._problems[digest] = problems
        if self.findings and not is_known:
            self.findings.add(digest, problems)

    def sync(self) -> int:
        """Read what other processes have found since the last call; return the number of bodies that are new here."""
        news = self.findings.read_new() if self.findings else {}
        with self._lock:
            before = len(self._problems)
            self._problems |= news  # what this process has found is among it
            return len(self._problems) - before

    def keep_loaded(self, digest: str, text: str) -> None:
        """Cache a text that a load has read, while there is room: then no later edit can break a small site."""
        if self._wants_html and self._texts_bytes < LOADED_BYTES:
            self._keep(digest, text)

    def _keep(self, digest: str, text: str) -> None:
        packed = zlib.compress(text.encode("utf-8", "surrogatepass"), _LEVEL)
        with self._lock:
            self._texts_bytes += len(packed) - len(self._texts.get(digest, b""))
            self._texts[digest] = packed

    def verify(self, article: Article) -> None:
        """Find the problems of an article's body, and keep its text if bodies have HTML. Raises StaleBody."""
        lazy = article.text
        if not isinstance(lazy, LazyBody) or self.is_verified(article):
            return
        text = self.source_text(lazy)
        problems = self.problems(article)
        if problems is None:
            try:
                problems = self._parse(lazy, text, wants_html=False).problems
            except InvalidContent as error:
                problems = error.problems
            self._found(lazy.digest, problems)
        if self._wants_html and lazy.digest not in self._texts:
            self._keep(lazy.digest, text)

    def is_verified(self, article: Article) -> bool:
        """Whether the body of ``article`` was verified already."""
        if not isinstance(article.text, LazyBody):
            return True
        digest = article.text.digest
        return digest in self._problems and (digest in self._texts or not self._wants_html)

    def problems(self, article: Article) -> tuple[Problem, ...] | None:
        """Return the known problems of the body of ``article``; ``None`` if it was not parsed yet."""
        if isinstance(article.text, LazyBody):
            return self._problems.get(article.text.digest)
        return article.body.problems

    def keep_only(self, digests: Collection[str]) -> None:
        """Forget articles with other digests than these."""
        with self._lock:
            for held in (self._recent, self._texts, self._problems):
                for digest in [one for one in held if one not in digests]:
                    del held[digest]
            self._texts_bytes = sum(map(len, self._texts.values()))

    def _parse(self, lazy: LazyBody, text: str, *, wants_html: bool) -> Body:
        return parse_text(lazy.source, lazy.url, text, lazy.inputs, wants_html=wants_html)

    def source_text(self, lazy: LazyBody) -> str:
        """The text of the source, front matter included, in the version of its article. Raises StaleBody."""
        try:
            with open(lazy.path, "rb") as stream:  # noqa: PTH123 - a Path costs as much as opening the file
                text = stream.read().decode()
        except (OSError, UnicodeDecodeError):
            text = ""
        if article_digest(lazy.source, text, lazy.inputs) == lazy.digest:
            return text
        kept = self._texts.get(lazy.digest)
        if kept is None:
            raise StaleBody(f"{lazy.source} changed since it was loaded")
        return zlib.decompress(kept).decode("utf-8", "surrogatepass")


def source_text(article: Article) -> str:
    """The text of an article's source, front matter included, in the version of ``article``. Blocking.

    Raises StaleBody if the file is of another version, or the article has none.
    """
    lazy = article.text
    if not isinstance(lazy, LazyBody):
        raise StaleBody(f"{article.source} was not read from a file")
    return lazy.bodies.source_text(lazy)


def written_out(article: Article, body: str) -> str:
    """``body``, the Markdown of ``article``, with the code that it includes."""
    lazy = article.text
    return write_out(body, lazy.inputs.included) if isinstance(lazy, LazyBody) else body


@cache
def _start(wants_html: bool, findings: Path | None) -> Bodies:  # noqa: FBT001 - called by pickle
    return Bodies(wants_html=wants_html, findings=Findings(findings) if findings else None)
