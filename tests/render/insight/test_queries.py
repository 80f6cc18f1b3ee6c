"""Which texts are counted, and as what."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.render.insight.queries import MAX_CHARS, normalise


@pytest.mark.parametrize(
    ("typed", "query"),
    [
        ("  Outbox   Pattern ", "outbox pattern"),
        ("What is MVCC?", "what is mvcc"),
        ("CAFE\u0301 \u2067x\u2069", "café x"),
        ("\uff26\uff35\uff2c\uff2c\u3000width", "full width"),
        ("line\nbreak\x1b[31m", "line break [31m"),
        ('"exact phrase" -not', '"exact phrase" -not'),
    ],
)
def test_query_is_composed_lower_case_and_on_one_line(typed: str, query: str) -> None:
    assert normalise(typed) == query


@pytest.mark.parametrize(
    "typed",
    """PostgreSQL 16|sha256|ERR_CONNECTION_REFUSED|java.lang.NullPointerException|0x80070005|std::unordered_map
TransactionalOutboxPatternWithDebezium|2026-11-28 10:00|Node.js 18|HTTP/2-Push|k8s readinessProbe|RFC 2616 vs 9110
AES-256-GCM|1.28.3|linux 6.1.0-18-amd64|EC2 m5.2xlarge|CVE-2024-3094|how do I handle password rotation|token bucket
漢字 検索|i18n l10n|c++|x-forwarded-for|c# 8|utf-8|postgresql-16.3-replication|10000000 rows|secret manager""".replace(
        "\n", "|"
    ).split("|"),
)
def test_technical_query_is_counted(typed: str) -> None:
    assert normalise(typed) is not None


@pytest.mark.parametrize(
    "typed",
    """ada@example.org|my mail is ada@x.org|P@ssw0rd1|ghp_16C7e42F292c6912E7710c838347Ae178B4a|AKIAIOSFODNN7EXAMPLE
eyJhbGciOiJIUzI1NiJ9.eyJzdWIi|sk-proj-abc123DEF456ghi789|550e8400-e29b-41d4-a716-446655440000|192.168.1.17|2001:db8::1
+49 170 1234567|4111 1111 1111 1111|password: foo|PWD=foo|Bearer abcdefghijklmnop|d41d8cd98f00b204e9800998ecf8427e
https://x.org/?token=1|https://user:pw@x.org|AbCdEfGhIjKlMnOpQrSt|DE89 3704 0044 0532 0130 00|00:1a:2b:3c:4d:5e
078-05-1120|(555) 123-4567|-----BEGIN RSA PRIVATE KEY-----""".replace("\n", "|").split("|"),
)
def test_secret_or_personal_text_is_not_counted(typed: str) -> None:
    assert normalise(typed) is None
    assert normalise(f"how to revoke {typed}") is None


@pytest.mark.parametrize("typed", ["", "  ", "?!", "\u200b", "word " * MAX_CHARS])
def test_empty_and_long_texts_are_not_counted(typed: str) -> None:
    assert normalise(typed) is None


@given(st.text(max_size=200))
def test_normalised_query_is_short_and_on_one_line(typed: str) -> None:
    query = normalise(typed)
    if query is not None:
        assert 0 < len(query) <= 3 * MAX_CHARS
        assert "\n" not in query
        assert query == query.strip()
