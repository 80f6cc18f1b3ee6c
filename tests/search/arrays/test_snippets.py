"""A snippet shows the text as it is, cut where no character, line or mark is harmed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.search.arrays.showing.snippets import SNIPPET_BYTES, cut, mark
from services.search.text.tokens import tokenize
from shared.search.contract import Marked

WORDS = st.sampled_from(
    [
        "relay",
        "outbox.",
        "naïve",
        "消息队列。",
        "事务",
        "очередь",
        "🦀",
        "a" * 150,
        "x_y",
        "e\u0301",
        "\n",
        "  ",
        "Why?",
    ]
)
TEXT = st.one_of(
    st.text(max_size=400), st.lists(WORDS, max_size=80).map(" ".join), st.lists(WORDS, max_size=80).map("".join)
)
Spans = list[tuple[int, int]]


def snippet_of(text: str, spans: Spans, focus: int = 0, *, is_code: bool = False) -> Marked:
    """The snippet of a run of ``text`` around the match ``focus`` of ``spans``."""
    begins, stops = [begin for begin, _ in spans], [stop for _, stop in spans]
    at, reach = spans[focus] if spans else (0, 0)
    return cut(text.encode(), at, reach, begins, stops, is_code=is_code)


def matches_in(text: str, every: int) -> Spans:
    """Every nth token of ``text``, and the parts of compounds among them."""
    ranges = []
    for token in tokenize(text)[::every]:
        ranges += [(token.start, token.end), *((part.start, part.end) for part in token.shifted(0).parts)]
    return [(len(text[:start].encode()), len(text[:end].encode())) for start, end in ranges]


@given(TEXT, st.integers(1, 5), st.data(), st.booleans())
def test_snippet_is_a_piece_of_the_text(text: str, every: int, data: st.DataObject, is_code: bool) -> None:
    spans = matches_in(text, every)
    snippet = snippet_of(text, spans, data.draw(st.integers(0, max(len(spans) - 1, 0))), is_code=is_code)
    shown = shown_by(snippet)
    assert shown in text, shown
    assert all(piece for piece, _ in snippet)


@given(TEXT, st.integers(1, 5))
def test_marks_are_the_bytes_that_any_match_covers(text: str, every: int) -> None:
    raw, spans = text.encode(), matches_in(text, every)
    is_covered = bytearray(len(raw))
    for begin, stop in spans:
        is_covered[begin:stop] = b"\1" * (stop - begin)
    pieces = mark(raw, 0, len(raw), [begin for begin, _ in spans], [stop for _, stop in spans])
    assert b"".join(bytes([is_match]) * len(piece.encode()) for piece, is_match in pieces) == bytes(is_covered)
    assert "".join(piece for piece, _ in pieces) == text
    assert all(piece for piece, _ in pieces)


def shown_by(snippet: Marked) -> str:
    """The text of a snippet without the ellipses that say where it was cut."""
    return "".join(text for text, is_match in snippet if is_match or text not in {"… ", " …"})


def test_text_without_spaces_is_cut_between_characters() -> None:
    text = "消" * 300 + "队列" + "息" * 300
    start = len(text[: text.index("队")].encode())
    snippet = snippet_of(text, [(start, start + 6)])
    assert ("队列", True) in snippet
    assert "\ufffd" not in shown_by(snippet)
    assert len(shown_by(snippet).encode()) <= SNIPPET_BYTES + 3


def test_sentence_of_a_script_without_spaces_ends_at_its_stop() -> None:
    text = "消" * 30 + "。" + "队列很好。" * 20
    start = len(text[: text.index("队")].encode())
    assert shown_by(snippet_of(text, [(start, start + 6)])).startswith("队列很好。")
    assert shown_by(snippet_of(text, [(start, start + 6)])).endswith("。")


def test_a_quotation_that_ends_a_sentence_keeps_its_mark() -> None:
    text = "The relay " + "reads the table " * 9 + 'and says "done." ' + "Then it sleeps " * 20
    assert shown_by(snippet_of(text, [(4, 9)])).endswith('"done."')


def test_a_word_with_a_full_stop_in_it_ends_no_sentence() -> None:
    text = "Long before it, " * 12 + "set cpu.max or std::vector and a: relay, 1.5:3;4 " + "then it sleeps " * 20
    start = text.index("relay")
    assert shown_by(snippet_of(text, [(start, start + 5)])).startswith("relay")


def test_a_long_run_of_matches_is_not_followed_by_half_a_word() -> None:
    text = "relay " * 36 + "outbox escalates and goes on " * 9
    reach = text.index("outbox") + len("outbox")
    assert shown_by(snippet_of(text, [(0, reach)])).endswith("outbox")
