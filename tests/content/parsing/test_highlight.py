from __future__ import annotations

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.content.parsing.highlight import LineMarks, highlight, is_known_language, language_label

LANGUAGES = ["python", "java", "sql", "yaml", "console", "go", "proto", "html", "", "text", "nonsense"]


def text_of(html: str) -> str:
    return unescape(re.sub(r"<[^>]*>", "", html))


@given(
    st.text(alphabet=st.characters(exclude_characters="\r\ufeff", codec="utf-8"), max_size=120),
    st.sampled_from(LANGUAGES),
)
def test_colouring_never_alters_the_code(code: str, language: str) -> None:
    assert text_of(highlight(code, language)) == code


@given(
    st.text(alphabet=st.sampled_from("ab \n\"'#{}<>&"), max_size=80),
    st.sampled_from(LANGUAGES),
    st.sets(st.integers(1, 6)),
)
def test_a_marked_line_is_one_span_and_spans_stay_within_lines(code: str, language: str, marked: set[int]) -> None:
    html = highlight(code, language, LineMarks(marked))
    assert text_of(html) == code
    lines = code.count("\n") + (not code.endswith("\n")) if code else 0
    assert html.count('<span class="hl">') == len([number for number in marked if number <= lines])
    # A marked line ends inside of its span, so that as a block it brings no empty line with it.
    for line in html.replace("\n</span>", "</span>\n").split("\n"):
        assert line.count("<span") == line.count("</span>")


def test_classes_are_short_and_there_is_no_style() -> None:
    html = highlight("def f():\n    return 1\n", "python")
    assert '<span class="k">def</span>' in html
    assert "style" not in html


def test_very_long_code_stays_uncoloured() -> None:
    assert "<span" not in highlight("x = 1\n" * 20_000, "python")


@pytest.mark.parametrize(
    ("language", "label"),
    [
        ("python", "Python"),
        ("console", "Shell session"),
        ("proto", "Protocol Buffers"),
        ("", "Text"),
        ("nonsense", "nonsense"),
    ],
)
def test_a_language_is_named_as_people_write_it(language: str, label: str) -> None:
    assert language_label(language) == label


def test_an_unknown_language_is_known_to_be_unknown() -> None:
    assert [is_known_language(one) for one in ("python", "", "output", "nonsense")] == [True, True, True, False]
