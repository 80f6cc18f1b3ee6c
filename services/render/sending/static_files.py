"""The site's own files: each under a URL that carries a digest of its content, compressed once, held in memory.

Does not depend on pages. Scripts and styles are sent with what they import, and without comments and indentation, which
are for readers of the sources. A style sheet's ``url(…)`` and a module's ``import()`` of a neighbour are turned into
fingerprinted names, so that a changed file changes the name of everything that uses it.
"""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

from rcssmin import cssmin
from rjsmin import jsmin

from services.render.languages.interface import ENGLISH, Interface
from services.render.languages.scripts import translate_script
from services.render.sending.bundling import bundle, parts
from services.render.sending.prepared import AT_START, HOURLY, IMMUTABLE, Prepared, prepare
from shared.web.security import DATA_POLICY

#: Files that are served, by suffix. Other files in the folder (a licence, a font that only the server draws with) are
#: not.
CONTENT_TYPES: Mapping[str, str] = MappingProxyType(
    {
        ".css": "text/css; charset=utf-8",
        ".js": "text/javascript; charset=utf-8",
        ".svg": "image/svg+xml",
        ".png": "image/png",
        ".ico": "image/vnd.microsoft.icon",
        ".woff2": "font/woff2",
        ".webmanifest": "application/manifest+json",
    }
)

_CSS_REFERENCE = re.compile(r"""url\(\s*(["']?)(?!data:|/|#)([\w./-]+)\1\s*\)""")
_JS_REFERENCE = re.compile(r"""(import\()(["'])(\.{1,2}/[\w./-]+)\2""")


@dataclass(frozen=True, slots=True)
class StaticFiles:
    """All files, ready to send. ``urls`` maps a name (``site.css``) to its URL, ``answers`` a URL path to its bytes."""

    urls: Mapping[str, str]
    answers: Mapping[str, Prepared]
    #: The sources of scripts by name, whose messages are in no language yet.
    scripts: Mapping[str, bytes] = field(default_factory=dict)

    def url(self, name: str) -> str:
        """The URL of a file by its name. Raises KeyError for a name that no file has: a mistake in a template."""
        return self.urls[name]


def load_static_files(directory: Path, made: datetime) -> StaticFiles:
    """Read and compress every file below ``directory``. Blocking: for start-up, in a thread. ``made`` is aware."""
    sources = {
        path.relative_to(directory).as_posix(): path.read_bytes()
        for path in sorted(directory.rglob("*"))
        if path.is_file() and path.suffix in CONTENT_TYPES
    }
    fingerprints = _Fingerprints(sources)
    answers: dict[str, Prepared] = {}
    urls: dict[str, str] = {}
    for name in sorted(sources.keys() - parts(sources)):
        urls[name], body = fingerprints.resolve(name)
        content_type = CONTENT_TYPES[Path(name).suffix]
        answers[urls[name]] = _prepare_file(body, content_type, made, IMMUTABLE)
        if name == "favicon.ico":
            # Browsers request it by this name whatever the page says.
            answers["/favicon.ico"] = _prepare_file(body, content_type, made, HOURLY)
    scripts = {name: source for name, source in sources.items() if name.endswith(".js")}
    return StaticFiles(MappingProxyType(urls), MappingProxyType(answers), MappingProxyType(scripts))


def in_language(files: StaticFiles, words: Interface, made: datetime) -> StaticFiles:
    """``files`` with the messages of scripts in the language of ``words``. Compresses scripts that have some."""
    if words is ENGLISH:
        return files
    spoken = {name: translate_script(source.decode(), words).encode() for name, source in files.scripts.items()}
    return add_files(files, spoken, made)[0]


def add_files(
    files: StaticFiles, sources: Mapping[str, bytes], made: datetime
) -> tuple[StaticFiles, tuple[tuple[str, str], ...]]:
    """``files`` with ``sources`` (by name) added, and the (name, reason) of each source that could not be."""
    fingerprints = _Fingerprints(sources)
    urls, answers, failed = dict(files.urls), dict(files.answers), []
    within = parts(sources)
    for name in (name for name in sources if name not in within):
        try:
            url, body = fingerprints.resolve(name)
        except ValueError as error:
            failed.append((name, str(error)))
            fingerprints = _Fingerprints(sources)
            continue
        urls[name] = url
        if url not in answers:
            answers[url] = _prepare_file(body, CONTENT_TYPES[Path(name).suffix], made, IMMUTABLE)
    return replace(files, urls=MappingProxyType(urls), answers=MappingProxyType(answers)), tuple(failed)


def _prepare_file(body: bytes, content_type: str, made: datetime, cache_control: str) -> Prepared:
    # A file is not a page, so a browser that opens it as one gets a minimal policy of half the bytes; pages load a
    # dozen files. A URL with a digest has only one version, so it needs no date.
    dated = None if cache_control == IMMUTABLE else made
    return prepare(body, content_type, made=dated, cache_control=cache_control, effort=AT_START, policy=DATA_POLICY)


class _Fingerprints:
    """Names files by content, those they refer to first."""

    def __init__(self, sources: Mapping[str, bytes]) -> None:
        self._sources = sources
        self._resolved: dict[str, tuple[str, bytes]] = {}
        self._open: list[str] = []

    def resolve(self, name: str) -> tuple[str, bytes]:
        """URL and final bytes of a file. Raises ValueError for a reference to nothing, or in a circle."""
        if name in self._open:
            raise ValueError(f"static files refer to each other in a circle: {' -> '.join([*self._open, name])}")
        if name not in self._resolved:
            self._open.append(name)
            body = self._rewrite(name)
            self._open.pop()
            path = Path(name)
            digest = hashlib.sha256(body).hexdigest()[:10]
            self._resolved[name] = (f"/static/{path.with_suffix('').as_posix()}.{digest}{path.suffix}", body)
        return self._resolved[name]

    def _rewrite(self, name: str) -> bytes:
        if name.endswith(".css"):
            bundled = bundle(name, self._sources)
            linked = _CSS_REFERENCE.sub(lambda m: f'url("{self._relative(name, m[2])}")', bundled)
            return str(cssmin(linked)).encode()
        if name.endswith(".js"):
            spoken = translate_script(bundle(name, self._sources), ENGLISH)
            linked = _JS_REFERENCE.sub(lambda m: f'{m[1]}"./{self._relative(name, m[3])}"', spoken)
            return str(jsmin(linked)).encode()
        return self._sources[name]

    def _relative(self, referrer: str, target: str) -> str:
        """The relative address of a neighbour: it is valid wherever the site is mounted."""
        return posixpath.relpath(self._url(referrer, target), posixpath.dirname(f"/static/{referrer}"))

    def _url(self, referrer: str, target: str) -> str:
        name = posixpath.normpath(posixpath.join(posixpath.dirname(referrer), target))
        if name not in self._sources:
            raise ValueError(f"static/{referrer} refers to {target}, and there is no such file beside it")
        return self.resolve(name)[0]
