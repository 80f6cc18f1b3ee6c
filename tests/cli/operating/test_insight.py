"""``perspective insight``: where its report comes from, how it is printed, and judged queries from its rows."""

from __future__ import annotations

import csv
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from services.render.insight.counts import Counts
from services.render.insight.report import Report, rows_of, to_json
from services.render.insight.store import Store
from tests.cli.conftest import Run

NOW = datetime.now(UTC)
COUNTS = {"saga": Counts(12, 12, last="nothing"), "the outbox": Counts(9, last="all"), "404": Counts(3, last="some")}
TOKEN = "a token of sufficient length"  # noqa: S105 - of this test


class Site(BaseHTTPRequestHandler):
    """A site that answers with what the test put in."""

    answer: ClassVar[tuple[int, bytes]] = (200, b"")
    asked: ClassVar[list[tuple[str, str]]] = []

    def do_GET(self) -> None:
        self.asked.append((self.path, self.headers.get("Authorization", "")))
        self.send_response(self.answer[0])
        self.end_headers()
        self.wfile.write(self.answer[1])

    def log_message(self, *_arguments: object) -> None:
        """Print nothing."""


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[type[Site]]:
    """A site on the port that the settings name, and its token."""
    Site.asked.clear()
    rows = rows_of(COUNTS)
    Site.answer = (200, to_json(Report(NOW, NOW.date(), 90, 3, rows)))
    with HTTPServer(("127.0.0.1", 0), Site) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        (tmp_path / "token").write_text(TOKEN)
        monkeypatch.setenv("PERSPECTIVE_INSIGHT_TOKEN_FILE", "token")
        monkeypatch.setenv("PERSPECTIVE_RENDER_PORT", str(server.server_port))
        yield Site
        server.shutdown()
        thread.join()


def test_tables_are_those_of_the_running_site(run: Run, site: type[Site]) -> None:
    shown = run("insight")
    assert (shown.status, shown.errors) == (0, "")
    assert site.asked == [("/_insight.json", f"Bearer {TOKEN}")]
    writing, top = shown.output.split("Top queries")
    assert "saga" in writing
    assert "the outbox" not in writing
    assert "the outbox" in top
    assert "search is unavailable" in shown.output


def test_csv_and_json_are_whole(run: Run, site: type[Site]) -> None:
    lines = list(csv.DictReader(run("insight", "--csv").output.splitlines()))
    assert [(line["number"], line["query"]) for line in lines] == [("1", "saga"), ("2", "the outbox"), ("3", "404")]
    report = json.loads(run("insight", "--json").output)
    assert report["to_write"] == [1, 3]


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ((401, b""), "refuses the token"),
        ((404, b""), "counts no queries"),
        ((500, b""), "answered 500"),
        ((302, b""), "answered 302"),
        ((200, b"<html>"), "not a report of this release"),
    ],
)
def test_other_answers_are_explained(run: Run, site: type[Site], answer: tuple[int, bytes], message: str) -> None:
    site.answer = answer
    shown = run("insight")
    assert (shown.status, shown.output) == (1, "")
    assert message in shown.errors
    assert TOKEN not in shown.errors


def test_without_a_token_it_says_how_to_begin(run: Run) -> None:
    shown = run("insight")
    assert shown.status == 1
    assert "PERSPECTIVE_INSIGHT_TOKEN_FILE is not set" in shown.errors


def test_without_a_site_it_reads_the_file(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unused_tcp_port: int
) -> None:
    monkeypatch.setenv("PERSPECTIVE_RENDER_PORT", str(unused_tcp_port))
    monkeypatch.setenv("PERSPECTIVE_INSIGHT_FILE", "insight.db")
    (tmp_path / "token").write_text(TOKEN)
    monkeypatch.setenv("PERSPECTIVE_INSIGHT_TOKEN_FILE", "token")
    assert "no site answers" in run("insight").errors
    assert not (tmp_path / "insight.db").exists()
    Store(tmp_path / "insight.db").add({(NOW.date(), "saga"): COUNTS["saga"], (NOW.date(), "x"): Counts(2)}, NOW.date())
    shown = run("insight")
    assert shown.status == 0
    assert "these are the counts in insight.db" in shown.errors
    assert "saga" in shown.output
    assert [row["query"] for row in json.loads(run("insight", "--json").output)["rows"]] == ["saga"]
    (tmp_path / "insight.db").write_bytes(b"no database" * 100)
    assert "file is not a database" in run("insight").errors


JUDGED = '# Ours\n[[queries]]\ntext = "tail latency"\nrelevant = { "latency" = 3 }'


def test_row_becomes_a_judged_query_that_check_answers(run: Run, site: type[Site], content: Path) -> None:
    file = content / "relevance.toml"
    file.write_text(JUDGED)
    judged = run("insight", "--judge", "2", "--answer", "outbox", "--answer", "outbox#the-relay=2")
    assert (judged.status, judged.errors) == (0, "")
    assert "relevance.toml:6: 'the outbox' is judged" in judged.output
    table = '\n\n[[queries]]\ntext = "the outbox"\nrelevant = { "outbox" = 3, "outbox#the-relay" = 2 }\n'
    assert file.read_text() == JUDGED + table
    assert "2 judged queries" in run("check").output
    again = run("insight", "--judge", "2", "--answer", "outbox")
    assert "relevance.toml:6: 'the outbox' is judged already" in again.errors
    assert file.read_text() == JUDGED + table


def test_judged_query_begins_a_file_where_there_is_none(run: Run, site: type[Site], content: Path) -> None:
    assert run("insight", "--judge", "saga", "--answer", "latency").status == 0
    assert '[[queries]]\ntext = "saga"\nrelevant = { "latency" = 3 }\n' in (content / "relevance.toml").read_text()


def test_line_ends_of_the_file_stay(run: Run, site: type[Site], content: Path) -> None:
    (content / "relevance.toml").write_bytes(JUDGED.replace("\n", "\r\n").encode())
    assert run("insight", "--judge", "1", "--answer", "latency").status == 0
    assert b"\n" not in (content / "relevance.toml").read_bytes().replace(b"\r\n", b"")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--judge", "9", "--answer", "outbox"), "there is no row '9'"),
        (("--judge", "1"), "'saga': name the article that should answer it"),
        (("--judge", "2"), "similar titles: outbox"),
        (("--judge", "1", "--answer", "nowhere"), "there is no article 'nowhere'"),
        (("--judge", "1", "--answer", "outbox#nowhere"), "'outbox' has no section '#nowhere'"),
        (("--judge", "1", "--answer", "outbox=4"), "a grade is 1 touches on it"),
        (("--judge", "1", "--answer", "a b"), "takes SLUG"),
        (("--answer", "outbox"), "--answer goes with --judge"),
    ],
)
def test_row_that_cannot_be_judged_is_explained(
    run: Run, site: type[Site], content: Path, arguments: tuple[str, ...], message: str
) -> None:
    shown = run("insight", *arguments)
    assert shown.status in {1, 2}
    assert message in shown.errors
    assert not (content / "relevance.toml").exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [("[[queries]]\ntext = 1\n", "fix this first"), ("queries = []\n", "add it by hand"), ("x = [", "fix this first")],
)
def test_file_that_cannot_be_appended_to_stays(
    run: Run, site: type[Site], content: Path, text: str, message: str
) -> None:
    (content / "relevance.toml").write_text(text)
    assert message in run("insight", "--judge", "1", "--answer", "outbox").errors
    assert (content / "relevance.toml").read_text() == text
    assert list(content.glob(".relevance*")) == []
