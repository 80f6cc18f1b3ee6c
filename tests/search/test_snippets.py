"""A snippet shows the text as it is, cut where no character, line or mark is harmed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.search.analysis import tokenize
from services.search.documents import CODE_MARK, MARKS, PROSE_MARK
from services.search.whoosh_engine.snippets import SNIPPET_BYTES, Blocks, Match, Snippet, make_snippet

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
BLOCKS = st.lists(st.tuples(st.sampled_from((PROSE_MARK, CODE_MARK)), TEXT), min_size=1, max_size=4)


def snippet_of(text: str, matches: list[Match]) -> Snippet:
    """The snippet of a section whose text is ``text``."""
    raw = text.encode()
    starts = [at for at, byte in enumerate(raw) if chr(byte) in MARKS]
    are_code = [chr(raw[at]) == CODE_MARK for at in starts]
    return make_snippet(Blocks(starts, are_code, 0, len(starts), len(raw)), matches, lambda start, end: raw[start:end])


def matches_in(text: str, every: int) -> list[Match]:
    """Every so many tokens of ``text`` as a match of one of three groups."""
    return [
        (len(text[: token.start].encode()), len(text[: token.end].encode()), number % 3, 1.0)
        for number, token in enumerate(tokenize(text)[::every])
    ]


@given(BLOCKS, st.integers(1, 5))
def test_snippet_is_a_piece_of_one_block(blocks: list[tuple[str, str]], every: int) -> None:
    blocks = [
        (mark, "".join(c for c in text if (c not in MARKS and c.isprintable()) or c == "\n")) for mark, text in blocks
    ]
    text = "".join(mark + run for mark, run in blocks)
    snippet = snippet_of(text, matches_in(text, every))
    shown = shown_by(snippet)
    assert any(shown in run for _, run in blocks), shown
    assert all(piece for piece, _ in snippet.pieces)
    assert snippet.is_code in {mark == CODE_MARK for mark, run in blocks if shown in run}


def shown_by(snippet: Snippet) -> str:
    """The text of a snippet without the ellipses that say where it was cut."""
    pieces = [text for text, is_match in snippet.pieces if is_match or text not in {"… ", " …"}]
    return "".join(pieces)


def test_text_without_spaces_is_cut_between_characters() -> None:
    text = PROSE_MARK + "消" * 300 + "队列" + "息" * 300
    start = len(text[: text.index("队")].encode())
    snippet = snippet_of(text, [(start, start + 6, 0, 1.0)])
    assert ("队列", True) in snippet.pieces
    assert "\ufffd" not in shown_by(snippet)
    assert len(shown_by(snippet).encode()) <= SNIPPET_BYTES + 3


def test_sentence_of_a_script_without_spaces_ends_at_its_stop() -> None:
    text = PROSE_MARK + "消" * 30 + "。" + "队列很好。" * 20
    start = len(text[: text.index("队")].encode())
    assert shown_by(snippet_of(text, [(start, start + 6, 0, 1.0)])).startswith("队列很好。")
    assert shown_by(snippet_of(text, [(start, start + 6, 0, 1.0)])).endswith("。")


def test_a_quotation_that_ends_a_sentence_keeps_its_mark() -> None:
    text = PROSE_MARK + "The relay " + "reads the table " * 9 + 'and says "done." ' + "Then it sleeps " * 20
    assert shown_by(snippet_of(text, [(5, 10, 0, 1.0)])).endswith('"done."')
