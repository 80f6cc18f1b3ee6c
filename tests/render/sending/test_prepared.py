"""Answers made once: their encodings and headers."""

from __future__ import annotations

import gzip
import random

import brotli
import pytest

from services.render.sending.prepared import IMMUTABLE, encode, is_compressible, prepare, recompress
from tests.render.sites import NOW

TEXT = b"the relay reads the outbox " * 100


def test_text_is_prepared_in_every_encoding() -> None:
    prepared = prepare(TEXT, "text/html; charset=utf-8", made=NOW)
    assert prepared.encodings == ("br", "gzip")
    assert brotli.decompress(prepared.variants["br"].body) == TEXT
    assert gzip.decompress(prepared.variants["gzip"].body) == TEXT
    assert prepared.variants["identity"].body == TEXT
    assert all(variant.headers["Vary"] == "Accept-Encoding" for variant in prepared.variants.values())
    assert prepared.size_bytes == sum(len(variant.body) for variant in prepared.variants.values())


@pytest.mark.parametrize("encoding", ["br", "gzip"])
def test_a_variant_that_is_made_later_is_what_it_is_when_made_at_once(encoding: str) -> None:
    at_once, later = prepare(TEXT, "text/html", made=NOW), prepare(TEXT, "text/html", made=NOW, effort=None)
    assert list(later.variants) == ["identity"]
    encoded = encode(later, encoding)
    assert list(encoded.variants) == ["identity", encoding]
    assert encoded.variants[encoding] == at_once.variants[encoding]
    assert list(encoded.variants[encoding].headers.items()) == list(at_once.variants[encoding].headers.items())
    assert encoded.variants["identity"] == at_once.variants["identity"]
    assert encode(encoded, encoding) is encoded
    assert encoded.has_bytes_of(later)


def test_text_that_compressing_does_not_shrink_is_sent_as_it_is() -> None:
    noise = random.Random(7).randbytes(300)  # noqa: S311 - test data
    variant = prepare(noise, "text/plain", made=NOW).variants["br"]
    assert variant.body == noise
    assert "Content-Encoding" not in variant.headers


def test_equal_bytes_have_equal_tags_and_other_bytes_have_others() -> None:
    tags = [prepare(body, "text/html", made=NOW).variants["gzip"].etag for body in (TEXT, TEXT, TEXT + b"!")]
    assert tags[0] == tags[1] != tags[2]


@pytest.mark.parametrize(("body", "content_type"), [(b"short", "text/html"), (TEXT, "image/png"), (TEXT, "font/woff2")])
def test_incompressible_bodies_are_sent_unchanged(body: bytes, content_type: str) -> None:
    prepared = prepare(body, content_type, made=NOW)
    assert list(prepared.variants) == ["identity"]
    assert "Vary" not in prepared.variants["identity"].headers


def test_a_304_repeats_what_it_must_and_nothing_about_the_body() -> None:
    variant = prepare(TEXT, "text/css", made=NOW, cache_control=IMMUTABLE).variants["br"]
    assert {name.lower() for name in variant.kept} == {"cache-control", "etag", "last-modified", "vary"}


def test_an_answer_for_one_reader_has_no_date() -> None:
    assert "Last-Modified" not in prepare(TEXT, "text/html", made=None).variants["identity"].headers


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        ("text/html; charset=utf-8", True),
        ("application/problem+json", True),
        ("application/atom+xml; charset=utf-8", True),
        ("image/svg+xml", True),
        ("application/json", True),
        ("image/webp", False),
        ("application/pdf", False),
    ],
)
def test_text_is_what_is_compressed(content_type: str, expected: bool) -> None:
    assert is_compressible(content_type) is expected


def test_packing_changes_the_bytes_of_brotli_alone() -> None:
    text = b"".join(b"<p>%d: the relay reads row %d of the outbox</p>" % (at, at * at) for at in range(400))
    made = prepare(text, "text/html", made=NOW)
    packed = recompress(made)
    was, now = made.variants["br"], packed.variants["br"]
    assert brotli.decompress(now.body) == text
    assert len(now.body) < len(was.body)
    assert int(now.headers["Content-Length"]) == len(now.body)
    assert now.etag == was.etag
    assert packed.variants["gzip"] is made.variants["gzip"]
    assert recompress(packed) is packed
