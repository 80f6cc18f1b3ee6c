"""Files of the index and of the store of heads: damaged, then opened. Each answer is right, or there is none."""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

from services.search.engine import IndexUnavailable
from services.search.engine_whoosh.store.store import WhooshIndexStore
from shared.content.folder.bodies import Bodies
from shared.content.folder.heads import HeadStore
from shared.content.folder.loader import load_now
from shared.search.contract import SearchQuery
from tests.campaign.cases import Fault, Kind
from tests.campaign.damage import DAMAGES, flip
from tests.search_service.articles import SITE, make_article

#: A part of the index each: words, phrases, prefixes, corrections, columns, sections, and the order of everything.
QUESTIONS = (
    SearchQuery(""),
    SearchQuery("relay"),
    SearchQuery('"one transaction"'),
    SearchQuery("mess*"),
    SearchQuery("latncy"),
    SearchQuery("tags:messaging -kafka"),
    SearchQuery("the", sort="newest"),
    SearchQuery("year:2026 request"),
    SearchQuery("certificates", explain=True),
)
FIXTURE = Path(__file__).resolve().parents[2] / "fixtures" / "site"


class Index:
    """A small index of two segments with a deleted article, and its right answers."""

    def __init__(self, directory: Path) -> None:
        self.pristine = directory / "pristine"
        self.damaged = directory / "damaged"
        store = WhooshIndexStore(self.pristine)
        store.sync((*SITE[:-1], make_article("gone", text="It goes.")))
        store.sync(SITE)
        store.close()
        self.answers = answers(store)

    def files(self) -> list[Path]:
        """The files of a fresh copy, locks left out."""
        shutil.rmtree(self.damaged, ignore_errors=True)
        shutil.copytree(self.pristine, self.damaged)
        found = (path for path in self.damaged.rglob("*") if path.is_file() and not path.name.endswith("LOCK"))
        return sorted(path for path in found if path.stat().st_size)


def answers(store: WhooshIndexStore) -> list[str]:
    """The answers to QUESTIONS, but for the time that each took. Raises IndexUnavailable."""
    engine = store.open()
    try:
        return [
            repr((found.total, found.generation, found.hits, found.facets)) for found in map(engine.search, QUESTIONS)
        ]
    finally:
        engine.close()


def kinds(directory: Path) -> tuple[Kind, ...]:
    """The kinds of this module, in ``directory``."""
    index = Index(directory / "index")
    heads = heads_of(directory)
    return (
        Kind("index-files", "a bit flipped or a file damaged: right, or none and rebuilt", partial(try_index, index)),
        Kind("heads", "the store of heads damaged: the same site", partial(try_heads, heads, heads.path.read_bytes())),
    )


def heads_of(directory: Path) -> HeadStore:
    """A store of heads in ``directory``, over a site of its own."""
    heads = HeadStore(directory / "heads", Path(shutil.copytree(FIXTURE, directory / "content")))
    snapshot = load_now(heads.content_dir).snapshot
    heads.write(snapshot.entries.values(), snapshot.rules, time.time() + 60)
    return heads


def try_index(index: Index, rng: random.Random) -> int:
    """Damage one file: what opens afterwards is right, and the next sync makes everything right."""
    path = rng.choice(index.files())
    name = path.relative_to(index.damaged).as_posix()
    if rng.random() < 0.7:
        flip(path, rng)
    else:
        rng.choice(DAMAGES)(path)
    check_damaged(index, name)
    return 0


def check_damaged(index: Index, name: str) -> bool:
    """Whether the damaged index could not be read. Raises Fault where it answers wrongly, or is not healed."""
    store, is_unreadable = WhooshIndexStore(index.damaged), False
    store.verify()  # as the indexer does when it starts
    try:
        if answers(store) != index.answers:
            raise Fault(f"damage of {name} gives other answers")
    except IndexUnavailable:
        is_unreadable = True
    store.sync(SITE)
    store.close()
    if answers(store) != index.answers or not store.verify():
        raise Fault(f"damage of {name} is not healed by a sync")
    return is_unreadable


def try_heads(heads: HeadStore, whole: bytes, rng: random.Random) -> int:
    """Damage the store: whatever it still gives is what was put into it."""
    _replace(heads.path, whole)
    if rng.random() < 0.7:
        flip(heads.path, rng)
    else:
        rng.choice(DAMAGES)(heads.path)
    entries = heads.read(Bodies()).entries
    if not entries:
        return 0
    read = dict(_articles(heads))
    for source, entry in entries.items():
        if entry.article != read.get(source):
            raise Fault(f"{source} is another article after damage")
    return 0


def _replace(path: Path, whole: bytes) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    with suppress(FileNotFoundError):
        path.unlink()
    path.write_bytes(whole)


def _articles(heads: HeadStore) -> Iterator[tuple[str, object]]:
    library = load_now(heads.content_dir).require()
    for article in (*library.articles, *library.pages):
        yield article.source, article
