"""The campaign sees what is wrong, repeats it from one line, and tries what it says."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.campaign.__main__ import main
from tests.campaign.cases import Fault, Kind, case_random, run_kind
from tests.campaign.damage import Editor
from tests.campaign.fuzz import content, stores
from tests.campaign.fuzz.judging import Reference, compare, judge
from tests.campaign.fuzz.texts import any_query, any_text, escaped
from tests.campaign.wire import Answer, parse_answers

GOOD = (("x-request-id", "1"), ("x-content-type-options", "nosniff"))


def answer(status: int = 200, body: bytes = b"", **headers: str) -> Answer:
    """An answer with what every answer has."""
    own = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Answer(status, (*GOOD, *own), body)


def test_a_case_is_the_same_on_every_machine() -> None:
    texts = [any_query(case_random(7, "queries", 3)) for _ in range(2)]
    assert texts[0] == texts[1]
    assert case_random(7, "queries", 3).random() == pytest.approx(0.112362, abs=1e-6)


@pytest.mark.parametrize("make", [any_text, any_query, lambda rng: escaped(rng, any_text(rng))])
def test_generators_make_many_different_texts(make: Callable[[random.Random], str]) -> None:
    made = {make(case_random(1, "texts", number)) for number in range(200)}
    assert len(made) > 120


def test_a_fault_is_one_line_that_repeats_it() -> None:
    def run(rng: random.Random) -> int:
        if rng.random() < 0.5:
            raise Fault("wrong")
        return 1

    tally = run_kind(Kind("paths", "", run), 9, count())
    assert len(tally.faults) == 10
    first = tally.faults[0]
    assert f'make fuzz ARGS="--only paths --seed 9 --case {first.case}"' in str(first)
    again = run_kind(Kind("paths", "", run), 9, [first.case])
    assert [found.message for found in again.faults] == ["wrong"]


def test_a_number_of_cases_is_the_same_cases_however_long_they_take() -> None:
    seen: list[float] = []

    def run(rng: random.Random) -> int:
        seen.append(rng.random())
        return 2

    tallies = [run_kind(Kind("paths", "", run), 9, range(40)) for _ in range(2)]
    assert [(one.cases, one.requests) for one in tallies] == [(40, 80)] * 2
    assert seen[:40] == seen[40:]
    assert len(set(seen)) == 40


def test_an_unexpected_exception_is_a_fault_with_its_place() -> None:
    def run(_: random.Random) -> int:
        raise KeyError("x")

    (found,) = run_kind(Kind("paths", "", run), 1, [0]).faults
    assert "KeyError" in found.message
    assert "test_campaign.py" in found.message


@pytest.mark.parametrize(
    "wrong",
    [
        answer(500),
        answer(503),
        Answer(200, GOOD[:1], b""),
        Answer(200, GOOD[1:], b""),
        answer(302, location="https://elsewhere.example/"),
        answer(302, location="//elsewhere.example/"),
        answer(404, cache_control="public"),
        answer(200, b"stranger.invalid"),
        answer(200, b"Traceback (most recent call last)"),
        answer(200, b"<script>alert(1)</script>", content_type="text/html"),
        answer(200, b"<a href='javascript:x'>", content_type="text/html"),
        answer(200, b"<img onerror=x>", content_type="text/html"),
        answer(400, b"{", cache_control="no-store", content_type="application/problem+json"),
        answer(400, b'{"status":404}', cache_control="no-store", content_type="application/problem+json"),
        answer(200, b"not gzip", content_encoding="gzip"),
    ],
)
def test_a_forbidden_answer_is_a_fault(wrong: Answer) -> None:
    with pytest.raises(Fault):
        judge("GET / HTTP/1.1", wrong)


def test_an_answer_as_it_should_be_is_none() -> None:
    judge("GET / HTTP/1.1", answer(200, b"<script src='/static/x.js'></script>", content_type="text/html"))
    judge("GET / HTTP/1.1", answer(404, b'{"status":404}', cache_control="no-store", content_type="application/json"))


def test_a_body_of_another_address_and_a_304_without_a_condition_are_faults() -> None:
    reference = Reference(b"one", frozenset({'"a"'}), "text/plain")
    compare(answer(200, b"one"), reference, conditional="", request="")
    compare(answer(304, etag='"a"'), reference, conditional='If-None-Match: "a"', request="")
    for wrong, condition in ((answer(200, b"two"), ""), (answer(304, etag='"a"'), ""), (answer(304, etag='"b"'), "x")):
        with pytest.raises(Fault):
            compare(wrong, reference, conditional=condition, request="")


@pytest.mark.parametrize(
    "received",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfour",
        b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfour more",
        b"HTTP/2 200\r\n\r\n",
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nName : x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n",
    ],
)
def test_bytes_that_are_not_http_are_a_fault(received: bytes) -> None:
    with pytest.raises(Fault):
        list(parse_answers(received, ["GET"]))


def test_pipelined_answers_are_cut_where_each_ends() -> None:
    received = (
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfour"
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
    )
    assert [one.body for one in parse_answers(received, ["GET", "HEAD", "GET"])] == [b"four", b"", b"abc"]


def test_kinds_without_services_hold(tmp_path: Path) -> None:
    for kind in (*content.kinds(tmp_path), *stores.kinds(tmp_path / "stores")):
        assert run_kind(kind, 20261128, range(3)).faults == []


def test_an_editor_remembers_what_is_there(tmp_path: Path) -> None:
    editor = Editor(tmp_path, random.Random(3))  # noqa: S311 - a seed, no secret
    editor.begin(15)
    for _ in range(60):
        editor.edit()
    assert {path.stem for path in (tmp_path / "articles").glob("*.md")} == editor.titles.keys()
    assert all(title in (tmp_path / "articles" / f"{slug}.md").read_text() for slug, title in editor.titles.items())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["fuzz", "--case", "3"], "add --only KIND --seed N"),
        (["fuzz", "--only", "nothing"], "no kind is called nothing"),
        (["fuzz", "--cases", "3", "--seconds", "3"], "give one of them"),
        (["fuzz", "--cases", "3", "--case", "3", "--only", "heads", "--seed", "1"], "give one of them"),
        (["fuzz", "--cases", "0"], "not in the range"),
        (["torture", "--only", "nothing"], "is not one of"),
        (["torture", "--scale", "0"], "not in the range"),
    ],
)
def test_an_invalid_command_line_names_the_problem(arguments: list[str], words: str) -> None:
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 2
    assert words in result.output
