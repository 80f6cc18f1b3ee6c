"""The index directory is a Whoosh index: Whoosh alone opens it, and finds what this project's engine finds."""

from __future__ import annotations

import json
import shutil
import subprocess
import venv
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from whoosh.index import open_dir

from services.search.engine_whoosh.store import whoosh_view
from services.search.engine_whoosh.store.store import WhooshIndexStore
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


def test_the_name_of_the_index_is_whooshs_default() -> None:
    assert open_dir.__defaults__ is not None
    assert whoosh_view.INDEX_NAME == "MAIN"
