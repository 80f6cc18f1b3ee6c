"""The index directory is a Whoosh index: Whoosh alone opens it, and finds what this project's engine finds."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import venv
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from whoosh.codec.whoosh3 import W3Codec, W3TermsReader
from whoosh.filedb.structfile import BufferFile
from whoosh.formats import Existence, Positions
from whoosh.index import open_dir
from whoosh.matching import Matcher, UnionMatcher

from services.search.arrays.array_file import Array
from services.search.engine_whoosh.store import index_writer, whoosh_view
from services.search.engine_whoosh.store.store import WhooshIndexStore
from services.search.engine_whoosh.store.whoosh_blocks import TERM_INFO, lay_out
from services.search.engine_whoosh.store.whoosh_postings import Postings, key_postings
from services.search.engine_whoosh.store.whoosh_segment import hash_table
from shared.content.article import Article
from shared.search.contract import SearchQuery
from tests.search_service.articles import SITE, make_article

ASK = Path(__file__).parent / "stock_whoosh.py"
#: Documents that a sync removes or replaces, so that there are several segments and deletions.
GONE = make_article("gone", "Outbox of old", text="The outbox was here.", day=1)
OLD = make_article("tail-latency", "Tail latency of old", text="The outbox of percentiles.", day=2)
ARTICLES = (
    *SITE,
    make_article(
        "identifiers",
        "Names in code",
        text="Call getUserById and asyncio.gather from C++ or .NET; a café isn't a naïve Straße.",
        day=600,
        sections=(("Names", "One name in a name is a part of it."),),
    ),
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> WhooshIndexStore:
    store = WhooshIndexStore(tmp_path_factory.mktemp("index"))
    # One large segment keeps later ones from being merged into it.
    store.sync((*SITE[:1], *SITE[2:], OLD, GONE))
    store.sync(ARTICLES)
    store.close()
    return store


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter with whoosh-reloaded, what that requires, and nothing else."""
    home = tmp_path_factory.mktemp("clean")
    venv.EnvBuilder(symlinks=True).create(home)
    (packages,) = home.glob("lib/python*/site-packages")
    for name in ("whoosh-reloaded", "cached-property"):
        for file in metadata.files(name) or ():
            if file.suffix == ".py":
                target = packages / file
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(str(file.locate()), target)
    return home / "bin" / "python"


def directory_of(store: WhooshIndexStore) -> Path:
    return store._directory


class Stock:
    """Asks Whoosh alone about the index of ``store``."""

    def __init__(self, python: Path, directory: Path) -> None:
        self._command = [str(python), "-I", str(ASK), str(directory)]

    def ask(self, *questions: tuple[str, str]) -> list[Any]:
        done = subprocess.run(
            self._command, input=json.dumps(questions), capture_output=True, text=True, check=False, timeout=60
        )
        assert done.returncode == 0, done.stderr
        answers: list[Any] = json.loads(done.stdout)
        return answers


@pytest.fixture(scope="module")
def stock(python: Path, store: WhooshIndexStore) -> Stock:
    return Stock(python, directory_of(store))


def ours(store: WhooshIndexStore, text: str) -> list[str]:
    """What this project's engine finds for ``text``, sorted."""
    engine = store.open()
    try:
        return sorted(hit.slug for hit in engine.search(SearchQuery(text, size=50)).hits)
    finally:
        engine.close()


#: (kind of question to Whoosh, in its syntax, the same in ours).
SAME = [
    ("query", "outbox", "outbox"),
    ("query", "message", '"message"'),
    ("query", "table relay", "table relay"),
    ("query", "identity network", "identity network"),
    ("query", "Straße", "strasse"),
    ("query", "café", "CAFE"),
    ("query", "isn't", "isnt"),
    ("query", "getUserById", "getUserById"),
    ("query", "asyncio.gather", "asyncio.gather"),
    ("query", "C++", "C++"),
    ("query", ".NET", ".NET"),
    ("inflections", "messages", "messages"),
    ("inflections", "certificate", "certificate"),
    ("query", '"outbox table"', '"outbox table"'),
    ("query", '"mutual tls"', '"mutual TLS"'),
    ("query", '"table outbox"', 'summary:tables summary:"table outbox"'),
    ("query", "percent*", "percent*"),
    ("query", "cert* daemon", "cert* daemon"),
    ("query", "message NOT outbox", "message -outbox"),
    ("query", "message NOT kafk*", "message -kafka"),
    ("query", "outbox OR percentile", '"outbox" OR "percentile"'),
    ("query", "title:latency", "title:latency"),
    ("query", "headings:offsets", "headings:offsets"),
    ("query", "tags:messaging", "tags:messaging"),
    ("query", "tags:messaging tags:performance", "tags:messaging tags:performance"),
    ("query", "title:daemon", "title:daemon -daemon"),
    ("query", "published:[20260101 TO 20261231]", "year:2026"),
    ("query", "published:[2025 TO 20250630]", '"outbox"'),
    ("query", "title:[kaf TO kag]", 'title:"kafka"'),
    ("query", "slug:transactional-outbox", '"transactional outbox pattern"'),
    ("query", "series:reliability", "series:Reliability"),
    ("fuzzy", "latancy~1", "latancy"),
    ("fuzzy", "percentlie~2", "percentlie"),
    ("fuzzy term", "offsef", '"offset"'),
    ("query", "gone", "title:gone"),
    ("query", "here", "body:here"),
]


def test_whoosh_alone_finds_the_documents_that_the_engine_finds(stock: Stock, store: WhooshIndexStore) -> None:
    found = stock.ask(*((kind, text) for kind, text, _ in SAME))
    for (kind, text, own), slugs in zip(SAME, found, strict=True):
        assert sorted(slugs) == ours(store, own), (kind, text)
    assert sum(bool(slugs) for slugs in found) >= 30


def test_whoosh_alone_scores_by_its_default(stock: Stock) -> None:
    """BM25F, for words that some fields lack, and for one that no field has."""
    scores, none = stock.ask(("scores", "message"), ("scores", "xyzzy"))
    assert len(scores) == 2
    assert scores == sorted(scores, reverse=True)
    assert min(scores) > 0
    assert none == []


def test_whoosh_alone_shows_suggests_and_sorts(stock: Stock) -> None:
    fields, none, suggestions, correction, highlights, newest, alike = stock.ask(
        ("stored", "zero-trust"),
        ("stored", "gone"),
        ("suggest", "mesage"),
        ("correct", "mesage"),
        ("highlight", "certificates"),
        ("newest", "published"),
        ("more like", "transactional-outbox"),
    )
    assert fields == {
        "slug": "zero-trust",
        "url": "/articles/zero-trust/",
        "title": "Zero trust with mutual TLS",
        "summary": "About Zero trust with mutual TLS.",
        "tags": "security",
        "headings": "Certificates",
        "body": "A network position is no identity; every request proves who sent it.\n"
        "Short certificates, renewed by a daemon, never by a person.",
        "code": "",
        "links": "",
        "published": "2026-01-16 00:00:00",
    }
    assert none is None
    assert "message" in suggestions
    assert correction == "message"
    assert len(highlights) == 1
    assert 'Short <b class="match term0">certificates</b>, renewed by' in highlights[0]
    assert newest[:2] == ["identifiers", "kafka-consumers"]
    assert newest[-1] == "transactional-outbox"
    assert "kafka-consumers" in alike


def test_the_directory_names_no_class_of_this_project(store: WhooshIndexStore) -> None:
    (toc,) = directory_of(store).glob("*.toc")
    assert b"services" not in toc.read_bytes()
    assert not any(b"cservices" in path.read_bytes() for path in directory_of(store).glob("*.seg"))


def foreign_addition(directory: Path) -> None:
    writer = open_dir(str(directory)).writer()
    writer.add_document(slug="foreign", title="Foreign outbox")
    writer.commit(merge=False)


def foreign_deletion(directory: Path) -> None:
    open_dir(str(directory)).delete_by_term("slug", "zero-trust")


def foreign_merge(directory: Path) -> None:
    open_dir(str(directory)).optimize()


def foreign_change(directory: Path) -> None:
    with open_dir(str(directory)).writer() as writer:
        writer.update_document(slug="tail-latency", title="Another")


@pytest.mark.parametrize("write", [foreign_addition, foreign_deletion, foreign_merge, foreign_change])
def test_what_another_program_writes_is_noticed_and_built_again(
    tmp_path: Path, events: io.StringIO, write: Any
) -> None:
    store = WhooshIndexStore(tmp_path)
    store.sync(SITE[:2])
    store.sync(SITE)
    store.close()
    before = sorted(path.name for path in tmp_path.glob("*.arrays"))
    write(tmp_path)
    assert ours(store, "") == sorted(one.slug for one in SITE)
    for again in (WhooshIndexStore(tmp_path), store):
        again.sync(SITE)
        again.close()
    assert events.getvalue().count("changed by another program") == 1
    assert sorted(path.name for path in tmp_path.glob("*.arrays")) == before
    assert seen_by_whoosh(tmp_path) == {one.slug: one.title for one in SITE}


def seen_by_whoosh(directory: Path) -> dict[str, str]:
    with open_dir(str(directory)).searcher() as searcher:
        return {fields["slug"]: fields["title"] for fields in searcher.documents()}


@pytest.mark.parametrize("articles", [(), SITE[:1], (*SITE[1:], GONE)])
def test_whoosh_sees_every_generation(tmp_path: Path, articles: tuple[Article, ...]) -> None:
    store = WhooshIndexStore(tmp_path)
    for site in (SITE, articles):
        store.sync(site)
        store.close()
        assert seen_by_whoosh(tmp_path) == {one.slug: one.title for one in site}


def test_a_large_whoosh_index_is_written_by_a_process_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_writer, "ALONE_FROM_DOCUMENTS", len(SITE))
    monkeypatch.setattr(whoosh_view.WhooshView, "write", None)  # in this process it would fail
    store = WhooshIndexStore(tmp_path)
    store.sync(SITE)
    store.close()
    assert seen_by_whoosh(tmp_path) == {one.slug: one.title for one in SITE}


def test_the_whoosh_index_is_finished_by_the_next_sync(tmp_path: Path) -> None:
    """A process that is killed after it published a generation leaves it unfinished."""
    store = WhooshIndexStore(tmp_path)
    store.sync(SITE)
    store.close()
    for path in (*tmp_path.glob("*.seg"), *tmp_path.glob("*.toc")):
        path.unlink()
    assert not store.sync(SITE).is_change
    store.close()
    assert len(seen_by_whoosh(tmp_path)) == len(SITE)


def test_while_another_program_writes_its_index_is_left_alone(tmp_path: Path, events: io.StringIO) -> None:
    store = WhooshIndexStore(tmp_path)
    store.sync(SITE[:2])
    store.close()
    writer = open_dir(str(tmp_path)).writer()
    store.sync(SITE)
    store.close()
    assert "another program writes to it" in events.getvalue()
    assert ours(store, "") == sorted(one.slug for one in SITE)
    writer.cancel()
    store.sync(SITE)
    store.close()
    assert len(seen_by_whoosh(tmp_path)) == len(SITE)


#: Documents with the positions of one term, far enough apart that every width of number is used.
LISTS = st.dictionaries(
    st.integers(0, 1 << 20), st.lists(st.integers(0, 1 << 20), min_size=1, max_size=90), min_size=1, max_size=6
)
TERMS = st.dictionaries(st.binary(min_size=1, max_size=9), LISTS, max_size=40)


@given(TERMS)
def test_whoosh_reads_the_postings_that_were_laid_out(terms: dict[bytes, dict[int, list[int]]]) -> None:
    wanted = {term: {n: sorted(at) for n, at in sorted(terms[term].items())} for term in sorted(terms)}
    lists = [at for found in wanted.values() for at in found.values()]
    sizes = [len(found) for found in wanted.values()]
    postings = Postings(
        terms=list(wanted),
        starts=np.cumsum([0, *sizes]),
        documents=np.array([n for found in wanted.values() for n in found], dtype=np.int64),
        counts=np.array([len(at) for at in lists], dtype=np.int64),
        positions=np.array([one for at in lists for one in at], dtype=np.int64),
    )
    lengths = np.arange((1 << 20) + 1)
    pieces = list(lay_out(postings, lengths, 0))
    data = b"".join(block.tobytes() for block, _ in pieces)
    infos = np.frombuffer(b"".join(found.tobytes() for _, found in pieces), dtype=TERM_INFO)
    reader = reader_of(list(wanted), infos, data)
    for term, found in wanted.items():
        info = reader.term_info("f", term)
        assert (info.doc_frequency(), info.weight()) == (len(found), sum(map(len, found.values())))
        assert (info.min_id(), info.max_id()) == (min(found), max(found))
        assert info.max_weight() == max(map(len, found.values()))
        matcher = reader.matcher("f", term, Positions())
        read = {}
        while matcher.is_active():
            read[matcher.id()] = matcher.value_as("positions")
            assert matcher.weight() == len(read[matcher.id()])
            matcher.next()
        assert read == found
    assert [text for _, text in reader.terms()] == list(wanted)
    assert ("f", b"no such term") not in reader


def reader_of(terms: list[bytes], infos: Array, data: bytes) -> Any:
    """Whoosh's reader of one field, ``f``."""
    table = b"".join(hash_table([b"\0\0" + term for term in terms], infos, {"fieldmap": {"f": 0}}))
    return W3TermsReader(W3Codec(), BufferFile(memoryview(table)), len(table), BufferFile(memoryview(data)))


@given(st.dictionaries(st.binary(min_size=1, max_size=3), st.sets(st.integers(0, 99), min_size=1), max_size=600))
def test_whoosh_reads_keys(keys: dict[bytes, set[int]]) -> None:
    postings = key_postings({key: sorted(found) for key, found in keys.items()})
    pieces = list(lay_out(postings, None, 0))
    data = b"".join(block.tobytes() for block, _ in pieces)
    infos = np.frombuffer(b"".join(found.tobytes() for _, found in pieces), dtype=TERM_INFO)
    reader = reader_of(postings.terms, infos, data)
    for key, found in keys.items():
        matcher = reader.matcher("f", key, Existence())
        assert list(matcher.all_ids()) == sorted(found)


class Block(Matcher):  # type: ignore[misc] # whoosh has no types
    """A matcher in a block of a known quality, which it leaves for a higher one only, as Whoosh's own do."""

    def __init__(self, quality: float) -> None:
        super().__init__()
        self._quality = quality
        self._skips = 0
        self._is_active = True

    def is_active(self) -> bool:
        return self._is_active

    def id(self) -> int:
        return 0

    def block_quality(self) -> float:
        return self._quality

    def skip_to_quality(self, minquality: float) -> int:
        self._skips += 1
        assert self._skips < 100, "the loop of Whoosh 2.7.4"
        self._is_active = self._quality > minquality
        return int(not self._is_active)


def test_a_union_of_blocks_as_good_as_the_worst_hit_does_not_loop() -> None:
    """The loop of Whoosh 2.7.4 (whoosh-community/whoosh issues 446 and 461): a prefix such as ``ann*`` never ended.

    The two qualities add up to exactly the least that is wanted, and rounding keeps either from being less.
    """
    first, second = 0.1, 0.7
    assert first + second - second < first
    UnionMatcher(Block(first), Block(second)).skip_to_quality(first + second)


def test_the_name_of_the_index_is_whooshs_default() -> None:
    assert open_dir.__defaults__ is not None
    assert whoosh_view.INDEX_NAME == "MAIN"
