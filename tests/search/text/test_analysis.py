"""What is a word. The table of docs/search.md is the specification; the rest are its laws, for any text."""

from __future__ import annotations

import re
import threading
import time
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.search.text import compounds
from services.search.text.compounds import Token
from services.search.text.stemming import STOP_WORDS, is_code_word, stem, stems
from services.search.text.term_table import TermTable
from services.search.text.tokens import tokenize
from shared.process.memory import uncollected
from shared.text.folding import MAX_SURFACE_CHARS, fold

DOCS = Path(__file__).resolve().parents[3] / "docs" / "search.md"

#: Letters, joiners, quotes, marks and scripts that meet in hostile ways more often than chance would have them.
ENGINEERING_TEXT = st.text(
    alphabet=st.one_of(
        st.sampled_from(
            "aAbBsSzZ019_-./:@#$+'\",;()[]{}<>=!? \n\tßİΣé數ひกｱㄱ한Ж½²ªꭰᏰ😀"
            "\u2019\u0301\u00ad\u200d\u2011\u017f\U0001d400"
        ),
        st.characters(),
    )
)


def table_rows() -> Iterator[tuple[str, str, list[str]]]:
    """The rows ``written, surface, parts`` of the token table."""
    lines = DOCS.read_text(encoding="utf-8").split("| written | surface | parts |")[1].splitlines()[2:]
    for line in lines:
        if not line.startswith("|"):
            return
        written, surface, parts = (re.findall(r"`([^`]+)`", cell) for cell in line.strip("|").split("|"))
        yield written[0], surface[0], parts


def rows_of(text: str, table: TermTable | None = None) -> list[tuple[str, int, int, int]]:
    """Surface, position and range of every term of ``text``."""
    table = TermTable() if table is None else table
    surfaces, *numbers = (column.tolist() for column in table.terms_of(text))
    names = table.surfaces
    return list(zip([names[surface] for surface in surfaces], *numbers, strict=True))


def is_folded(surface: str, written: str) -> bool:
    """Whether ``surface`` is ``written`` folded, or that without what groups digits or joins two words."""
    folded = fold(written)
    joined = {re.sub(r"[^\w.]|_", "", folded), re.sub(r"\W|_", "", folded)}
    return surface == folded[:MAX_SURFACE_CHARS] or surface in joined


def names(token: Token) -> list[str]:
    return [part.surface for part in token.parts]


@pytest.mark.parametrize(("written", "surface", "parts"), list(table_rows()), ids=str)
@pytest.mark.parametrize("around", ["{}", "of {} and", "({}, ", '"{}".', "{};"])
def test_token_table_of_the_documentation_holds(written: str, surface: str, parts: list[str], around: str) -> None:
    text = around.format(written)
    token = next(token for token in tokenize(text) if token.start >= around.index("{"))
    assert (token.surface, names(token)) == (surface, parts)
    assert written.startswith(text[token.start : token.end])


def test_table_was_read() -> None:
    assert len(list(table_rows())) > 50


@pytest.mark.parametrize(
    ("text", "surfaces"),
    [
        ("It ends. Here it begins", ["it", "ends", "here", "it", "begins"]),
        ("to be... or not", ["to", "be", "or", "not"]),
        ("a -- b, c - d", ["a", "b", "c", "d"]),
        ("cells | of | a table", ["cells", "of", "a", "table"]),
        ("call(x, y=3)", ["call", "x", "y", "3"]),
        ("clients' and client\u2019s", ["clients", "and", "client"]),
        ("#include <vector>", ["include", "vector"]),
        ("</div> // comment", ["div", "comment"]),
        ("😀 ❤️ ___ ... --- '' ++", []),
        ("", []),
        ("使用Kafka消息", ["使", "用", "kafka", "消", "息"]),
        ("C++语言", ["c++", "语", "言"]),
        ("ทำ", ["ท", "\u0e33"]),
        ("AT&T", ["at", "t"]),
        ("i++; --j", ["i++", "--j"]),
        ("[1,200]", ["1200"]),
        ("[1, 200]", ["1", "200"]),
    ],
)
def test_prose_and_code_are_cut_where_a_reader_would(text: str, surfaces: list[str]) -> None:
    assert [token.surface for token in tokenize(text)] == surfaces


def test_a_name_within_a_name_has_the_position_of_its_first_word() -> None:
    (token,) = tokenize("users.getUserById")
    assert [(part.surface, part.position) for part in token.parts] == [
        ("users", 0),
        ("getuserbyid", 1),
        ("get", 1),
        ("user", 2),
        ("by", 3),
        ("id", 4),
    ]
    assert token.width == 5


def test_columns_count_positions_through_compounds() -> None:
    assert [row[:2] for row in rows_of("The x-request-id header")] == [
        ("the", 0),
        ("x-request-id", 1),
        ("x", 1),
        ("request", 2),
        ("id", 3),
        ("header", 4),
    ]


def test_a_long_token_keeps_its_parts_and_the_beginning_of_its_surface() -> None:
    words = [f"w{number}" for number in range(100)]
    (token,) = tokenize("/".join(words))
    assert token.surface == "/".join(words)[:MAX_SURFACE_CHARS]
    assert names(token) == words


def test_words_of_one_stem_share_it_and_code_has_none() -> None:
    assert stem("relays") == stem("relay") == stem("relaying") == "relay"
    assert stem("dlqs") == stem("dlq")
    assert stem("getuserbyid_2") == "getuserbyid_2"
    assert stem("елками") == "елками"
    assert stem("is") == "is"


@given(st.lists(ENGINEERING_TEXT))
def test_many_words_have_the_stems_that_each_has(words: list[str]) -> None:
    assert stems(words) == [stem(word) for word in words]


def test_code_words_have_digits_or_symbols() -> None:
    assert [word for word in ("c++", "k8s", "x-id", "os.path", "_x") if not is_code_word(word)] == []
    assert [word for word in ("relay", "mtls", "елка", "数", "हिन्दी") if is_code_word(word)] == []


def test_stop_words_are_folded_words() -> None:
    assert all([token.surface for token in tokenize(word)] == [word] for word in STOP_WORDS)
    assert STOP_WORDS.isdisjoint({"transaction", "kafka", "go", "pod"})


def test_threads_share_the_stemmer_and_the_shapes() -> None:
    text = " ".join(f"relaying{number} Outbox{number}Relays words" for number in range(2000))
    expected = [(token.surface, stem(token.surface)) for token in tokenize(text)]
    found: list[bool] = []

    def work() -> None:
        stem.cache_clear()
        found.append([(token.surface, stem(token.surface)) for token in tokenize(text)] == expected)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 8


@given(ENGINEERING_TEXT)
def test_tokens_stand_where_they_say_in_order(text: str) -> None:
    end = 0
    for token in tokenize(text):
        assert end <= token.start < token.end <= len(text)
        end = token.end
        assert 0 < len(token.surface) <= MAX_SURFACE_CHARS
        position, start = 0, token.start
        for part in token.parts:
            assert start <= part.start < part.end <= token.end
            assert part.position in {position, position + 1}
            assert 0 < len(part.surface) <= MAX_SURFACE_CHARS
            position, start = part.position, part.start


@given(ENGINEERING_TEXT)
def test_a_surface_is_its_text_folded(text: str) -> None:
    for token in tokenize(text):
        assert is_folded(token.surface, text[token.start : token.end])
        assert all(is_folded(part.surface, text[part.start : part.end]) for part in token.parts)


@given(ENGINEERING_TEXT)
@example("ꭰ")
@example("ΑΣ")
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(ENGINEERING_TEXT)
@example("²A x₁ ①b")
def test_a_plain_surface_is_read_as_itself(text: str) -> None:
    for token in tokenize(text):
        # A letter that folds to two (Þ to th) makes a word of one letter a word of two, which may border on a digit.
        if not token.parts and len(token.surface) == token.end - token.start:
            assert [(again.surface, again.parts) for again in tokenize(token.surface)] == [(token.surface, ())]


@given(ENGINEERING_TEXT)
def test_columns_equal_the_tokens(text: str) -> None:
    rows: list[tuple[str, int, int, int]] = []
    position = 0
    for token in tokenize(text):
        rows.append((token.surface, position, token.start, token.end))
        rows += [(part.surface, position + part.position, part.start, part.end) for part in token.parts]
        position += token.width
    # The second time, every token is known.
    table = TermTable()
    assert rows_of(text, table) == rows
    assert rows_of(text, table) == rows


def test_a_table_that_is_replaced_is_gone_without_the_cycle_collector() -> None:
    """A collection walks through a whole batch of articles: they took a hundredth of a build."""
    with uncollected():
        table = TermTable()
        table.terms_of("the relay reads the outbox")
        left = weakref.ref(table)
        del table
        assert left() is None


@pytest.mark.parametrize(
    "unit",
    [
        "a",
        ".",
        "aA",
        "\u0301",
        "a\u0301",
        "-",
        "a-",
        "a.",
        "'",
        "a'",
        "+",
        "a+",
        "数",
        "数\u0301",
        "1,000",
        "_",
        "::",
        "'s",
        "@",
        "/",
    ],
)
def test_time_is_linear_on_hostile_text(unit: str) -> None:
    def seconds(size: int) -> float:
        text = "a" + unit * (size // len(unit)) + "x"
        started = time.process_time()
        TermTable().terms_of(text)
        return time.process_time() - started

    seconds(1_000)
    small = min(seconds(15_000) for _ in range(3))
    # Eight times the text in quadratic time would take sixty-four times as long. One run may be slow by chance.
    assert min(seconds(120_000) for _ in range(3)) < 30 * max(small, 0.005)


def test_long_names_are_cut_and_not_cached() -> None:
    """Base64 in an article is no vocabulary: a cache of it would grow by its size, not by its count."""
    long = "AbcdEfgh" * 100
    before = compounds._split_name.cache_info().currsize
    token = compounds.token_of(f"{long}/x")
    assert token is not None
    assert [part.surface for part in token.parts[1:3]] == ["abcd", "efgh"]
    assert compounds._split_name.cache_info().currsize <= before + 1


@pytest.mark.parametrize(
    "pair",
    [
        "homologue homolog",
        "whilst while",
        "amongst among",
        "spelt spelled",
        "metres meters",
        "unlabelled unlabeled",
        "relabelling relabeling",
        "unmarshalled unmarshaled",
        "remodelled remodeled",
        "misjudgement misjudgment",
        "unfavourable unfavorable",
        "recoloured recolored",
        "colourised colorized",
        "archaeological archeological",
        "containerisation containerization",
        "kerb curb",
        "draughts draft",
        "doughnuts donut",
        "despatching dispatch",
        "adaptors adapter",
        "anaesthetic anesthetic",
        "programme program",
        "licence license",
        "criteria criterion",
        "vertices vertex",
        "schemata schema",
        "hypotheses hypothesis",
    ],
)
def test_spellings_and_irregular_plurals_of_one_word_have_one_stem(pair: str) -> None:
    first, second = pair.split()
    assert stem(first) == stem(second)


@pytest.mark.parametrize(
    "pair",
    [
        "advise advice",
        "size prise",
        "prise prize",
        "storey story",
        "cheque check",
        "reprise reprize",
        "underwise under",
    ],
)
def test_words_that_look_alike_keep_stems_of_their_own(pair: str) -> None:
    first, second = pair.split()
    assert stem(first) != stem(second)
