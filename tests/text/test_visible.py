"""Text of others does not steer a terminal."""

from __future__ import annotations

import json

import pytest

from shared.text.visible import visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\tb\nc", "a\tb\nc"),
        ("naïve שלום 日本 👩‍💻", "naïve שלום 日本 👩‍💻"),
        ("\x1b[2J\x07", "\\u001b[2J\\u0007"),
        ("a\rb\x7f\x85\x9b31m", "a\\u000db\\u007f\\u0085\\u009b31m"),
        ("\u202egpj.exe\u2066x\u2069", "\\u202egpj.exe\\u2066x\\u2069"),
        ("a\u2028b\u2029c\udcff", "a\\u2028b\\u2029c\\udcff"),
    ],
)
def test_what_steers_a_terminal_is_shown_as_an_escape(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_json_keeps_its_meaning() -> None:
    value = {"path": "".join(map(chr, range(0x2100)))}
    assert json.loads(visible(json.dumps(value, ensure_ascii=False))) == value
