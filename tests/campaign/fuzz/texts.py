"""Strings that mean something to a parser, a browser or a search engine."""

from __future__ import annotations

import random
import string
from collections.abc import Callable, Sequence
from typing import TypeVar
from urllib.parse import quote

T = TypeVar("T")

#: A host name that no answer may repeat.
STRANGER = "stranger.invalid"
ODD_CHARACTERS = (
    "\x00\x01\t\n\r\x0b\x0c\x1b\x7f\x85\xa0\xad\u0301\u200b\u200f\u2028\u202e\ufeff\ufffd\U0001f680\U000e0041"
)
SCRIPTS = "Über漢字ひらがな한국어العربيةעבריתελληνικάрусскийไทยहिन्दीßſİıﬁ①²"  # noqa: RUF001 - scripts of the world
MARKUP = (
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", '"><svg onload=alert(1)>', "javascript:alert(1)",
    "</title><script>", "'\"><b>", "<!--", "-->", "&lt;b&gt;", "{{7*7}}", "${7*7}", "%0d%0aSet-Cookie:%20a=b", "]]>",
)  # fmt: skip
QUERY_PIECES = (
    '"', '"outbox relay"', "-", "-outbox", '-"the relay"', "title:", "title:outbox", "tags:messaging", "author:", "OR",
    "AND", "NOT", "(", ")", "*", "out*", "a*", "?", "~", "^2", "[a TO b]", ":", "::", "\\", "/", "slug:x", "code:", "+",
    "#", "C++", "c#", ".NET", "std::vector<T>", "foo_bar", "fooBar", "x=y", "127.0.0.1", "Traceback (most recent call",
    "ECONNREFUSED", "$(id)", "`ls`", "| cat", "how do I", "why is", "what does", "outbox", "relay", "the", "Tail",
    "latncy", "trancational", "reviewed:2026", "year:2026", "year:x", "sort:newest", "--", "''", "''''", ";", ",",
)  # fmt: skip


def pick(rng: random.Random, *makers: Callable[[random.Random], T]) -> T:
    """What one of ``makers`` makes."""
    return rng.choice(makers)(rng)


def some(rng: random.Random, pieces: Sequence[str], most: int, joint: str = "") -> str:
    """Up to ``most`` of ``pieces``, one after the other."""
    return joint.join(rng.choices(pieces, k=rng.randint(0, most)))


def any_text(rng: random.Random) -> str:
    """A text: plain, of any script, of control characters, or markup."""
    return pick(
        rng,
        lambda r: some(r, string.ascii_letters + string.digits + " ", 30),
        lambda r: some(r, SCRIPTS + " ", 20),
        lambda r: some(r, ODD_CHARACTERS + "ab ", 12),
        lambda r: some(r, MARKUP, 3),
        lambda r: some(r, string.punctuation, 12),
        lambda r: (
            r.choice(("a", "%", "\u0301", "漢", "[", "`", '"', "a ")) * r.choice((1, 7, 100, 199, 200, 201, 5000))
        ),
        lambda r: "".join(chr(r.choice((r.randrange(0x20, 0x3000), r.randrange(0xE000, 0x10FFFF)))) for _ in range(8)),
    )


def any_query(rng: random.Random) -> str:
    """What somebody types into a search box, or pastes into it, or sends to harm."""
    return pick(
        rng,
        lambda r: some(r, QUERY_PIECES, 8, " "),
        lambda r: some(r, QUERY_PIECES, 8),
        any_text,
        lambda r: f"{some(r, QUERY_PIECES, 3, ' ')} {any_text(r)}",
        lambda r: " ".join(f"{letter}*" for letter in string.ascii_lowercase[: r.randint(1, 26)]),
    )[:6000]


def escaped(rng: random.Random, text: str) -> str:
    """``text`` as it may stand in a query string: escaped rightly, twice, half, or in bytes that are not UTF-8."""
    return pick(
        rng,
        lambda _: quote(text.encode("utf-8", "replace"), safe=""),
        lambda _: quote(text.encode("utf-8", "replace"), safe="/:@!$'()*,;"),
        lambda _: quote(quote(text.encode("utf-8", "replace"))),
        lambda _: quote(text.encode("utf-16-le", "replace")),
        lambda r: (
            quote(text.encode("utf-8", "replace"))[: r.randint(0, 400)] + r.choice(("", "%", "%c3", "%zz", "%ff"))
        ),
    )
