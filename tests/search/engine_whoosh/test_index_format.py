"""The index format: pinned to the arrays it stands for. An upgrade never leaves an index that no longer fits."""

from __future__ import annotations

import compileall
import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from services.search.arrays import index_format
from services.search.arrays.segment.memory_segment import invert
from services.search.arrays.segment.pack import pack
from services.search.engine_whoosh.store.store import WhooshIndexStore
from services.search.text.term_table import TermTable
from shared.content import slug, versions
from shared.content.article import Article
from shared.content.markdown import anchors
from shared.search.contract import SearchQuery
from tests.content.articles import article, articles
from tests.pins import digest_of, hold
from tests.search_service.articles import SITE, make_article

ROOT = Path(__file__).resolve().parents[3]
PIN = Path(__file__).parent / "index_format.version"


#: Words that analysis treats in different ways: accents, compatibility characters, CJK, code, numbers, compounds.
WORDS = make_article(
    "words",
    text="naïve Straße İstanbul \N{LATIN SMALL LIGATURE FI}ne \N{FULLWIDTH LATIN CAPITAL LETTER F}ULL 東京タワー "
    "e-mail C++ .NET node.js v1.2.3 asyncio.gather snake_case camelCase HTTPServer utf-8 don't 0xFF 1,000 99,9 running "
    "ran 🙂 long_identifier_of_many_parts mTLS'd SSHing IPv4s p-95",
    sections=(("Über-Wörter 2.0", "read-only, readonly and read only."),),
)


#: Other languages: stems, compounds, elisions, and the letters of Turkish.
LANGUAGES = [
    replace(make_article(f"in-{tag}", text=text), language=tag)
    for tag, text in (
        ("de", "Häuser und Datenbankverbindungen, Haus und Verbindung"),
        ("fr", "L'index des requêtes, la requête"),
        ("tr", "Bağlantıları ISPARTA API'nin"),  # noqa: RUF001 - Turkish has this letter
        ("ko", "데이터베이스를"),
        ("ar", "والفهرس الفهرس"),
    )
]


def test_the_arrays_are_those_of_the_format() -> None:
    # The digest of an article names the versions of the parser, which are not of this format.
    documents = [replace(one, digest="0" * 64) for one in (*articles(), WORDS, *LANGUAGES, *SITE)]
    arrays = pack(invert(documents, TermTable()))
    parts = [(name, values.dtype.str, values.tobytes()) for name, values in sorted(arrays.items())]
    hold(
        PIN,
        index_format.INDEX_FORMAT,
        digest_of(*(part for name, dtype, data in parts for part in (name.encode(), dtype.encode(), data))),
        "INDEX_FORMAT in services/search/arrays/index_format.py",
    )


def test_another_format_is_another_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    WhooshIndexStore(tmp_path).sync(SITE)
    monkeypatch.setattr(index_format, "INDEX_FORMAT", index_format.INDEX_FORMAT + 1)
    upgraded = WhooshIndexStore(tmp_path)
    assert upgraded.current() is None
    assert upgraded.sync(SITE).added == len(SITE)
    assert upgraded.current() is not None


def parsed() -> list[Article]:
    """Two articles, as the parser gives them."""
    return [
        article("outbox", "Lead.\n\n## The relay reads\n\nRows of the outbox.\n\n## What it costs\n\nA table of rows."),
        article("inbox", "## The inbox table\n\nRows that were seen."),
    ]


def broken_links(store: WhooshIndexStore, site: list[Article]) -> list[str]:
    """The addresses of sections in results that are no heading of their article's page."""
    pages = {one.url: one.body.html for one in site}
    engine = store.open()
    try:
        hits = engine.search(SearchQuery("rows")).hits
    finally:
        engine.close()
    urls = [section.url for hit in hits for section in hit.sections]
    assert any("#" in url for url in urls)
    return [url for url in urls if "#" in url and f'id="{url.partition("#")[2]}"' not in pages[url.partition("#")[0]]]


def test_an_upgrade_of_the_parser_leaves_no_broken_link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = WhooshIndexStore(tmp_path)
    store.sync(parsed())
    assert broken_links(store, parsed()) == []
    # The next release: anchors are made in another way, and its version differs.
    monkeypatch.setattr(anchors, "anchorize", lambda text: f"h-{slug.anchorize(text)}")
    monkeypatch.setattr(versions, "PARSER_VERSION", versions.PARSER_VERSION + 1)
    upgraded = parsed()
    assert broken_links(store, upgraded) != []
    report = WhooshIndexStore(tmp_path).sync(upgraded)
    assert report.changed == 2
    assert broken_links(WhooshIndexStore(tmp_path), upgraded) == []
    assert not WhooshIndexStore(tmp_path).sync(upgraded).is_change


def test_an_installation_without_sources_names_the_same_index(tmp_path: Path) -> None:
    """Only compiled modules: nothing reads the text of the program."""
    for top in ("shared", "services"):
        shutil.copytree(ROOT / top, tmp_path / top, ignore=shutil.ignore_patterns("__pycache__", "static", "templates"))
    assert compileall.compile_dir(tmp_path, quiet=1, legacy=True)
    for path in tmp_path.rglob("*.py"):
        path.unlink()
    program = (
        "from services.search.arrays import index_format; from services.search.engine_whoosh.store import store;"
        "from pathlib import Path;"
        "print(index_format.__file__, index_format.index_digest(), store.WhooshIndexStore(Path('index')).current())"
    )
    env = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=env, capture_output=True, text=True, check=True
    )
    assert re.fullmatch(rf"{re.escape(str(tmp_path))}\S*\.pyc {index_format.index_digest()} None\n", done.stdout)
