"""A cache of articles without their bodies, so that a restart reads only the files that have changed.

One file for each content directory, replaced whole. It is derived data: what is missing, damaged, of another version or
cannot be written costs the time of reading the content again. It holds no code: a row is JSON, and every row is checked
against the file it was made from.

Both services may use one file. On the first start of a large site, the indexer waits while render reads the content, by
a lock that is released when its holder ends.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, fields, replace
from datetime import datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from sys import intern
from typing import Any, get_type_hints

import orjson

from shared.content.article import Article, Cover, SeriesPart, shared_lines
from shared.content.folder.asset import Asset
from shared.content.folder.bodies import Bodies, LazyBody
from shared.content.folder.cache_file import cache_path, read_cache, write_cache
from shared.content.folder.findings import Findings
from shared.content.folder.snapshot import Entry, Snapshot
from shared.content.folder.tree import ARTICLES, SourceFile, TreeFile
from shared.content.parsing.inputs import ParseInputs
from shared.content.problem import Problem
from shared.content.rules import ParseRules
from shared.process.logger import get_logger
from shared.process.regular import is_there

log = get_logger("content.heads")

#: Raise it when the format of rows changes.
FORMAT = 3
#: A file that changed less than this many seconds before it was read may change again without a new time stamp.
SETTLED_S = 2.0
#: A site with fewer articles is read from its files: that takes less than half a second.
LARGE = 500
#: Seconds to wait for another process that reads the content, and between two checks.
WAIT_S, LOOK_S = 120.0, 0.05

Row = list[Any]


class HeadStore:
    """Cache file for the articles of ``content_dir``. Blocking; several processes may use it at once.

    ``waits``: on a first start, wait for a process that is reading the same content. Call ``keep`` after ``read``.
    """

    def __init__(self, directory: Path, content_dir: Path, *, waits: bool = False) -> None:
        self.directory = directory
        self.content_dir = content_dir
        self._waits = waits
        self._lock: int | None = None
        self._before = Snapshot()
        self._read_at = 0.0

    @property
    def path(self) -> Path:
        """The file."""
        return cache_path(self.directory, "heads", self.content_dir)

    def read(self, bodies: Bodies) -> Snapshot:
        """Return the stored entries as the snapshot of a load. Entries whose files changed since will not match."""
        was_there = is_there(self.path)
        self._before = self._stored(bodies)
        if self._is_large():
            # The other process may have finished between the read of the file and the claim.
            if not self._before.entries and (self._claim() or (not was_there and is_there(self.path))):
                self._before = self._stored(bodies)
            bodies.findings = Findings(self.path.with_suffix(".bodies"))
        self._read_at = time.time()
        return self._before

    def keep(self, after: Snapshot) -> None:
        """Write ``after`` if it is large and differs by more than 1 % from what ``read`` gave; a failure is logged."""
        known = self._before.entries
        read = sum(known.get(source) is not entry for source, entry in after.entries.items())
        if len(after.entries) >= LARGE and read > len(after.entries) // 100:
            self.write(after.entries.values(), after.rules, self._read_at)
        if after.bodies.findings:
            after.bodies.findings.keep_only({one.article.digest for one in after.entries.values() if one.article})
        if self._lock is not None:
            os.close(self._lock)
        self._lock, self._before = None, Snapshot()

    def _stored(self, bodies: Bodies) -> Snapshot:
        try:
            payload = read_cache(self.path, _KEY)
            if payload is None:
                log.info("kept articles are damaged or of another version", path=str(self.path))
                return Snapshot(bodies)
            # Row by row: the lists of all rows at once would leave holes in memory as large as what is kept of them.
            rows = BytesIO(payload)
            rules = ParseRules(**orjson.loads(rows.readline()))
            alone = ParseInputs(rules=rules)
            entries = (_entry(orjson.loads(row), self.content_dir, bodies, alone) for row in rows)
            return Snapshot(bodies, {entry.file.file.source: entry for entry in entries}, rules=rules)
        except FileNotFoundError:
            return Snapshot(bodies)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with a cache, the content says it again
            log.warning("kept articles cannot be read", path=str(self.path), error=str(error))
            return Snapshot(bodies)

    def _is_large(self) -> bool:
        """Whether there may be enough articles to write the cache."""
        with contextlib.suppress(OSError), os.scandir(self.content_dir / ARTICLES) as listed:
            return sum(1 for _ in listed) >= LARGE
        return False

    def _claim(self) -> bool:
        """Take the lock for reading the content until ``keep``; return whether another process had it."""
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            lock = os.open(self.path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        except OSError:
            return False  # read-only: each service reads for itself
        deadline, has_waited = time.monotonic() + WAIT_S, False
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                if self._waits and time.monotonic() < deadline:
                    has_waited = True
                    time.sleep(LOOK_S)
                    continue
                os.close(lock)
            else:
                self._lock = lock
            return has_waited

    def write(self, entries: Iterable[Entry], rules: ParseRules, loaded_at: float) -> None:
        """Keep ``entries``, which were loaded by ``rules`` at ``loaded_at`` (Unix time). A failure is logged."""
        latest = int((loaded_at - SETTLED_S) * 1e9)
        try:
            rows = (_encode(entry) for entry in entries if _is_settled(entry, latest))
            write_cache(self.path, _KEY, b"\n".join([orjson.dumps(rules), *filter(None, rows)]))
        except OSError as error:
            log.warning("articles not kept for the next start", path=str(self.path), error=str(error))


#: The stored fields of an article, in column order.
_FIELDS = tuple(field.name for field in fields(Article) if field.init and field.name not in {"text", "link_texts"})
_KEY = {"format": FORMAT, "fields": _FIELDS}


def _is_settled(entry: Entry, latest: int) -> bool:
    """Whether an entry may be reused while its files keep their signatures.

    Entries with samples or code of other files may not: their inputs are not stored here.
    """
    if entry.article is None or entry.may_run or entry.included:
        return False
    times = (
        time for file in (entry.file.file, *(file for _, file in entry.file.beside)) for time in file.signature[1:3]
    )
    return max(times) < latest


def _encode(entry: Entry) -> bytes:
    """Encode an entry as a row; empty if JSON cannot hold one of its values (a date in ``extra``, a lone surrogate)."""
    try:
        extra = entry.article.extra if entry.article else {}
        return orjson.dumps(_row(entry)) if not extra or orjson.loads(orjson.dumps(extra)) == extra else b""
    except TypeError:
        return b""


def _row(entry: Entry) -> Row:
    beside = []
    for name, file in entry.file.beside:
        asset = entry.files.get(name)
        beside.append([name, file.source, file.signature, asset and _asset(asset)])
    values = [getattr(entry.article, name) for name in _FIELDS]
    return [entry.file.file.source, entry.file.file.signature, beside, values]


def _asset(asset: Asset) -> dict[str, Any]:
    """The fields of an asset but its path, which follows from its name; its problems keep theirs."""
    return {name: value for name, value in asdict(asset).items() if name != "path"}


def _entry(row: Row, content_dir: Path, bodies: Bodies, alone: ParseInputs) -> Entry:
    """The entry that ``row`` encodes; ``alone`` are the inputs of every source without files beside it."""
    source, signature, beside, values = row
    file = _tree_file(content_dir, source, signature)
    around = tuple((name, _tree_file(content_dir, path, signed)) for name, path, signed, _ in beside)
    places = {name: one.path for name, one in around}
    files = {name: _read_asset(asset, Path(places[name])) for name, _, _, asset in beside if asset is not None}
    made = {name: read(value) for (name, read), value in zip(_readers(), values, strict=True)}
    article = Article(**made, text=_unread)
    inputs = replace(alone, assets=files) if files else alone
    text = LazyBody(source, article.digest, article.url, file.path, inputs, bodies)
    object.__setattr__(article, "text", text)  # the address follows from the article
    return Entry(SourceFile(file, around), inputs.assets, article)


def _unread() -> Any:
    raise AssertionError("replaced before anybody has the article")


def _tree_file(content_dir: Path, source: str, signature: list[int]) -> TreeFile:
    size, modified, changed, number = signature
    return TreeFile(source, f"{content_dir}/{source}", (size, modified, changed, number), size)


def _read_asset(values: Mapping[str, Any], path: Path) -> Asset:
    problems = tuple(Problem(**one) for one in values["problems"])
    return Asset(**{**values, "problems": problems, "path": path})


@cache
def _readers() -> tuple[tuple[str, Callable[[Any], Any]], ...]:
    """Map each field name to the function that decodes its value."""
    hints = get_type_hints(Article)
    return tuple((name, _reader(hints[name])) for name in _FIELDS)


def _reader(kind: Any) -> Callable[[Any], Any]:
    """The reader of one type. Raises TypeError for a type that no field had before."""
    simple: dict[Any, Callable[[Any], Any]] = {
        datetime | None: lambda value: None if value is None else datetime.fromisoformat(value),
        tuple[str, ...]: lambda value: tuple(map(intern, value)),
        SeriesPart | None: lambda value: None if value is None else SeriesPart(**value),
        Cover | None: lambda value: None if value is None else Cover(**value),
        Mapping[str, Any]: _same,
        Mapping[str, int]: shared_lines,
        **dict.fromkeys((str, int, bool, str | None, int | None), _same),
    }
    if kind not in simple:
        raise TypeError(f"no way to read a value of type {kind}: add it to heads.py")
    return simple[kind]


def _same(value: Any) -> Any:
    return value
