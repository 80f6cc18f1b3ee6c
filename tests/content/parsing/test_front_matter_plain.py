"""What patterns read of front matter is what the YAML library reads, for any text."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from shared.content.parsing import yaml_syntax
from shared.content.parsing.yaml_syntax import read_plain
from shared.content.problem import InvalidContent

_PIECES = (
    *("title: ", "tags: ", "a: ", "b:", "yes: ", "- ", "  - ", "  ", " ", "\n", "\n\n", ":", ": ", "#", " #", "\t"),
    *(
        '"',
        "'",
        "\\",
        '\\"',
        "\\\\",
        "\\n",
        "[",
        "]",
        "{",
        "}",
        ",",
        ", ",
        "&",
        "*",
        "!",
        "|",
        ">",
        "%",
        "@",
        "`",
        "?",
        "<<",
        "=",
    ),
    *("true", "false", "True", "yes", "No", "on", "null", "~", "y", "nan", ".inf", "word", "two words", "c++", "e.g"),
    *(
        "2026-01-12",
        "2026-02-30",
        "0000-01-01",
        "0",
        "7",
        "007",
        "1:30",
        "1_000",
        "0x1f",
        "1e3",
        "1.5",
        "1.5e+3",
        "2-apps",
        "2026-1-2 x",
        "0b1",
        "1.2.3",
        "-3",
    ),
    *("[a]", "[a, b]", "[a,b ]", "[no, a]", "[]", "[1]", '"q: #"', "'it''s'", "\u00e9", "\u00a0", "\u2028", "\x85"),
    *("\ufeff", "\U0001f600", "\ud800", "\uffff", "\x00", "---", "...", "\r"),
)
_LINES = st.builds("{}: {}\n".format, st.sampled_from(("a", "b", "null", "c_d")), st.sampled_from(_PIECES))
_BLOCKS = st.lists(st.sampled_from(_PIECES) | _LINES, max_size=8).map("".join) | st.text(max_size=40)


def by_library(block: str) -> object:
    try:
        return yaml_syntax._read_by_library("x.md", block)
    except InvalidContent as error:
        return error.problems


@given(_BLOCKS.map(lambda block: f"{block}\n"))
@settings(max_examples=1_000, deadline=None)
@example('title: "A \\"quoted\\" one"\npublished: 2026-01-12\ntags: [a, c++,b]\ndraft: true\npart: 3\n')
@example("title: Yes\n")
@example("title: a  b\n")
@example("title: one\n  two\n")
@example("a: 2026-02-30\n")
def test_patterns_give_the_results_of_the_library(block: str) -> None:
    plain = read_plain(block)
    if plain is not None:
        assert repr(plain) == repr(by_library(block))


def test_the_usual_front_matter_needs_no_library() -> None:
    block = 'title: A plain title\nsummary: "Two: words"\npublished: 2026-01-12\ntags: [a, b]\nfeatured: false\n'
    data, lines = read_plain(block) or ({}, {})
    assert list(data) == ["title", "summary", "published", "tags", "featured"]
    assert lines == {"title": 2, "summary": 3, "published": 4, "tags": 5, "tags.0": 5, "tags.1": 5, "featured": 6}
