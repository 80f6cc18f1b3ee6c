"""What a reader typed, as a tree. The syntax of docs/search.md by example, and its laws for any text."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.search.indexing.stored import exact_key
from services.search.text import query
from services.search.text.query import MAX_WORDS, parse_query
from services.search.text.query_tree import Clause, ParsedQuery, Phrase, Word
from services.search.text.tokens import tokenize
from shared.search.attributes import filters

SYNTAX = [
    "-",
    '"',
    "\u201c",
    "\u201c",
    "«",
    "»",
    "「",
    "title:",
    "TAG:",
    "year:",
    "series:",
    "OR",
    " OR ",
    " ",
    "  ",
    "\t",
    "*",
    "(",
    ":",
    ",",
    ".",
]
WORDS = [
    "outbox",
    "getUserById",
    "C++",
    "x-request-id",
    "the",
    "数据库",
    "3.14",
    "-5",
    "2026",
    "--dry-run",
    "\u00df",
    "é",
    "_",
]

#: Pieces of syntax in every order, so that most texts are nearly queries.
QUERY_TEXT = st.one_of(st.text(), st.lists(st.sampled_from([*SYNTAX, *WORDS, "'s"]), max_size=12).map("".join))


def shown(parsed: ParsedQuery) -> str:
    """The tree in one line: groups joined by &, what is excluded after !, quotations in <>, other phrases with +."""
    groups = " & ".join(" | ".join(map(clause_shown, group.clauses)) for group in parsed.groups)
    return groups + "".join(f" !{clause_shown(clause)}" for clause in parsed.excluded)


def clause_shown(clause: Clause) -> str:
    field = f"{clause.field}:" if clause.field else ""
    if isinstance(clause, Phrase) and not clause.is_quoted:
        return field + "+".join(clause_shown(word) for word in clause.words)
    if isinstance(clause, Phrase):
        return field + "<" + " ".join(clause_shown(word) for word in clause.words) + ">"
    return field + clause.surface + ("*" if clause.is_prefix else "")


def words_of(parsed: ParsedQuery) -> list[Word]:
    clauses = [clause for group in parsed.groups for clause in group.clauses] + list(parsed.excluded)
    return [word for clause in clauses for word in (clause.words if isinstance(clause, Phrase) else (clause,))]


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("outbox pattern", "outbox & pattern"),
        ('"exact phrase" more', "<exact phrase> & more"),
        ('"not closed', "not+closed"),
        ('before"in quotes"after', "before & <in quotes> & after"),
        ("kafka -streams", "kafka !streams"),
        ('kafka -"dead letter"', "kafka !<dead letter>"),
        ("-title:outbox", " !title:outbox"),
        ('-body:"dead letter"', " !body:<dead letter>"),
        ("-tag:kafka", " !tags:kafka"),
        ("-key=value", " !<key value>"),
        ('title:outbox heading:"the relay" Headings:x', "title:outbox & headings:<the relay> & headings:x"),
        ("summary:a tags:b body:c code:d", "summary:a & tags:b & body:c & code:d"),
        ("outb* x", "outb* & x"),
        ('"dead let*"', "<dead let*>"),
        ("a*b", "a & b"),
        ("(kube* OR docker*)", "kube* | docker*"),
        ("kube* limits, docker*", "kube* & limits & docker*"),
        ("kafka OR rabbitmq OR nats and more", "kafka | rabbitmq | nats & and & more"),
        ('"a b" OR title:c', "<a b> | title:c"),
        ("a OR OR b", "a | b"),
        ("a or b", "a & or & b"),
        ("(title:outbox", "title:outbox"),
        ("数据库 系统", "数+据 & 据+库 & 系+统"),
        ("title:数据 库*", "title:数+据 & 库*"),
        ('"数据库"', "<数 据 库>"),
        ("数 据", "数 & 据"),
    ],
)
def test_syntax_is_read_as_documented(text: str, tree: str) -> None:
    assert shown(parse_query(text)) == tree


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("\u201cexact phrase\u201d", "<exact phrase>"),
        ("\u201eexact phrase\u201c more", "<exact phrase> & more"),
        ("\u201dexact phrase\u201d", "<exact phrase>"),
        ("\uff02exact phrase\uff02", "<exact phrase>"),
        ('\u201cexact phrase"', "<exact phrase>"),
        ("«exact phrase» more", "<exact phrase> & more"),
        ("«\u202fexact phrase\u202f»", "<exact phrase>"),
        ("« exact phrase » more", "<exact phrase> & more"),
        ("»exact phrase« more", "<exact phrase> & more"),
        ("»exact phrase» more", "<exact phrase> & more"),
        ("\u2039exact phrase\u203a", "<exact phrase>"),
        ("\u203aexact phrase\u2039", "<exact phrase>"),
        ("「exact phrase」", "<exact phrase>"),
        ("『exact phrase』", "<exact phrase>"),
        ("\uff62exact phrase\uff63", "<exact phrase>"),
        ("分散「合意」", "分+散 & <合 意>"),
        ("「exact『inner』phrase」", "<exact inner phrase>"),
        ('«exact "inner" phrase»', "<exact inner phrase>"),
        ('"exact «inner» phrase"', "<exact inner phrase>"),
        ("\u201cclient\u2019s relay\u201d", "<client relay>"),
        ("-«dead letter» kafka", "kafka !<dead letter>"),
        ("title:„dead letter“", "title:<dead letter>"),
        ("tag:«kafka»", ""),
        ("«not closed", "not+closed"),
        ("„not closed", "not+closed"),
        ("「not closed", "not+closed"),
        ("not» opened」", "not & opened"),
        ("Docs » Search \u203a Syntax", "docs & search & syntax"),
        ("« Back", "back"),
        ("next »", "next"),
        ("a»b", "a & b"),
        ("don\u2019t \u2018quote\u2019", "dont & quote"),
    ],
)
def test_a_phrase_may_have_the_quotation_marks_of_any_keyboard(text: str, tree: str) -> None:
    assert shown(parse_query(text)) == tree


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("", ""),
        ("((((", ""),
        ("*", ""),
        ("-", ""),
        ("- word", "word"),
        ('""', ""),
        ('-""', ""),
        ("tag:", "tag"),
        ('tag:""', "tag"),
        ("title:)", "title"),
        ("tag: kafka", "tag & kafka"),
        ("year:soon", "year:soon"),
        ("year:20261", "year:20261"),
        ("-year:2026", " !year:2026"),
        ("OR", "or"),
        ("OR b", "or & b"),
        ("a OR", "a & or"),
        ("a OR -b", "a & or !b"),
        ("C++ or C#", "c++ & or & c#"),
        ("--dry-run", "--dry-run"),
        ("-5", "-5"),
        ("-3.14", "-3.14"),
        ("outbox ^ -(relay & 1)", "outbox & relay & 1"),
        ("relay -[outbox]", "relay & outbox"),
        ("x-request-id", "x-request-id"),
        ("https://example.com/a?b=c", "https://example.com/a & b & c"),
        ("std::vector", "std::vector"),
        ("code::block", "code::block"),
        ("foo:bar", "foo:bar"),
        ("12:30", "12:30"),
        ("**bold** and *italic*", "bold & and & italic"),
        ("/*comment*/ code", "comment & code"),
        ("char* buffer;", "char & buffer"),
        ("copy(Image* from, int)", "copy & image & from & int"),
        ("operator T*() const", "operator & t & const"),
    ],
)
def test_text_without_syntax_is_plain_text(text: str, tree: str) -> None:
    parsed = parse_query(text)
    assert shown(parsed) == tree
    assert parsed.filters == ()


def test_filters_are_no_words() -> None:
    assert shown(parse_query("a OR tag:b c")) == "a & or & c"
    parsed = parse_query(
        'Tag:Kafka tag:"Event  Sourcing" tag:kafka year:2025 year:2026 series:"Hospital Information System" x'
    )
    assert parsed.filters == filters(tags=("kafka", "event-sourcing"), year=2026, series="hospital-information-system")
    assert shown(parsed) == "x"


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("transactional outb", "transactional & outb*"),
        ("outb ", "outb"),
        ('"dead let', "dead+let*"),
        ('"dead let"', "<dead let>"),
        ("title:outb", "title:outb*"),
        ("tag:kaf", "tags:kaf*"),
        ("x -ka", "x !ka"),
        ("client's", "client"),
        ("C+", "c*"),
        ("about v1.", "about & v1*"),
        ("kafka .", "kafka"),
        ("kafka?", "kafka"),
    ],
)
def test_last_word_of_a_partial_query_is_a_prefix(text: str, tree: str) -> None:
    assert shown(parse_query(text, partial=True)) == tree
    assert "*" not in shown(parse_query(text))


def test_a_finished_tag_is_a_filter_while_typing() -> None:
    assert parse_query("tag:kafka ", partial=True).filters == filters(tags="kafka")
    assert parse_query('tag:"kafka"', partial=True).filters == filters(tags="kafka")


def test_words_know_their_place_and_kind() -> None:
    text = "the getUserById relay"
    stop, code, plain = words_of(parse_query(text))
    assert [(word.is_stop, word.is_code) for word in (stop, code, plain)] == [
        (True, False),
        (False, True),
        (False, False),
    ]
    assert text[code.start : code.end] == "getUserById"
    assert [(part.surface, part.start, part.position) for part in code.parts] == [
        ("get", 0, 0),
        ("user", 3, 1),
        ("by", 7, 2),
        ("id", 9, 3),
    ]


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("&lt;outbox&gt;", "outbox"),
        ("outbox&nbsp;relay", "outbox & relay"),
        ("&#39;outbox&#x27; &quot;", "outbox"),
        ("&amp;", "amp"),
        ("&lt;&gt;", "lt & gt"),
        ("a && amp; b", "a & amp & b"),
        ("R&D; relay", "r & d & relay"),
    ],
)
def test_the_name_of_a_character_is_no_word(text: str, tree: str) -> None:
    assert shown(parse_query(text)) == tree


def test_a_stop_word_with_an_operator_counts_as_a_word() -> None:
    assert [word.is_stop for word in words_of(parse_query("the the* title:the"))] == [True, False, False]


def test_words_past_the_limit_are_ignored_and_filters_are_not() -> None:
    parsed = parse_query("word " * 500 + '"one more" -another tag:kafka')
    assert len(words_of(parsed)) == MAX_WORDS
    assert parsed.filters == filters(tags="kafka")


@given(QUERY_TEXT, st.booleans())
@example('"', True)
def test_any_text_is_a_query(text: str, partial: bool) -> None:
    parsed = parse_query(text, partial=partial)
    assert len(parsed.text) == len(text)
    assert len(words_of(parsed)) <= 2 * MAX_WORDS
    for word in words_of(parsed):
        assert 0 <= word.start < word.end <= len(text)
    assert all(group.clauses for group in parsed.groups)


@given(
    st.lists(st.from_regex(r"[A-Za-z0-9]{1,9}", fullmatch=True), min_size=1, max_size=8).map(" ".join), st.booleans()
)
@example("the outbox", True)
@example("Outbox OR relay", False)
@example("mTLS in Kubernetes", False)
@example("compiler error c3709", False)
@example("P95 k8s v1", True)
@example("1st 2026 b2B", False)
@example("x" * 90, True)
def test_plain_words_are_read_as_any_other_text(text: str, partial: bool) -> None:
    assert parse_query(text, partial=partial) == query._read(text, partial=partial)
    assert exact_key(text) == " ".join(token.surface for token in tokenize(text))
