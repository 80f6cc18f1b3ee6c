"""The declared versions: each is pinned to what it stands for, and each is part of the digest of an article."""

from __future__ import annotations

import dataclasses
import unicodedata
from importlib import metadata
from pathlib import Path

import orjson
import pytest

from shared.content import versions
from shared.content.article import Article
from shared.content.markdown.dialect import dialect
from tests.content.articles import GOLDEN, article, articles, bodies
from tests.pins import digest_of, hold

#: ``digest`` names the versions themselves.
FIELDS = [field.name for field in dataclasses.fields(Article) if field.name not in {"digest", "text"}]
BODY = ("html", "sections", "headings", "links", "pictures", "samples", "problems")


def test_the_dialect_is_the_one_of_its_version() -> None:
    tokens = [[token.as_dict() for token in dialect().parse(body)] for body in bodies()]
    hold(
        GOLDEN / "dialect.version",
        versions.DIALECT_VERSION,
        digest_of(*(orjson.dumps(one, option=orjson.OPT_SORT_KEYS) for one in tokens)),
        "DIALECT_VERSION in shared/content/versions.py",
    )


def test_the_parser_is_the_one_of_its_version() -> None:
    found = [
        {name: getattr(one, name) for name in FIELDS} | {name: getattr(one.body, name) for name in BODY}
        for one in articles()
    ]
    hold(
        GOLDEN / "parser.version",
        versions.PARSER_VERSION,
        digest_of(*(orjson.dumps(one, option=orjson.OPT_SORT_KEYS) for one in found)),
        "PARSER_VERSION in shared/content/versions.py",
    )


@pytest.mark.parametrize("name", ["PARSER_VERSION", "DIALECT_VERSION"])
def test_the_digest_of_an_article_changes_with_a_version(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    before = article("x").digest
    assert article("x").digest == before
    monkeypatch.setattr(versions, name, getattr(versions, name) + 1)
    assert article("x").digest != before


def test_the_versions_name_every_library_that_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    line = versions.declared_versions()
    for library in versions.LIBRARIES:
        assert f" {library}={metadata.version(library)}" in line
    assert line.endswith(f" unicode={unicodedata.unidata_version}")
    monkeypatch.setattr(metadata, "version", lambda _name: "99.0")
    versions.library_versions.cache_clear()
    assert "nh3=99.0" in versions.declared_versions()
    versions.library_versions.cache_clear()


def test_a_pin_names_the_number_to_raise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pin = tmp_path / "thing.version"
    monkeypatch.setenv("UPDATE_GOLDEN", "1")
    hold(pin, 1, "a", "THING in thing.py")
    with pytest.raises(AssertionError, match=r"Set THING in thing\.py to 2"):
        hold(pin, 1, "b", "THING in thing.py")
    hold(pin, 2, "b", "THING in thing.py")
    monkeypatch.delenv("UPDATE_GOLDEN")
    hold(pin, 2, "b", "THING in thing.py")
    with pytest.raises(AssertionError, match="UPDATE_GOLDEN=1"):
        hold(pin, 3, "b", "THING in thing.py")
