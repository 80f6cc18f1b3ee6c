"""Links that leave the site, asked for on this machine."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from services.check import external
from services.check.external import Place, check_external, external_links
from shared.content.folder.loader import load_now


class Host(ThreadingHTTPServer):
    """Answers what its path says; /flaky fails once, and /slow… takes a while."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Answer(BaseHTTPRequestHandler):
    server: Host

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        if self.path.startswith("/slow"):
            time.sleep(0.1)
        is_first = self.server.asked.count(self.path) == 1
        self.send_response(
            503 if self.path == "/flaky" and is_first else int(self.path[1:]) if self.path[1:].isdigit() else 200
        )
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        """Nothing."""


@pytest.fixture
def host() -> Iterator[Host]:
    with Host() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def check(host: Host, tmp_path: Path, *paths: str) -> list[str]:
    steps: list[None] = []
    links = {f"{host.url}{path}": [Place("articles/a.md", 7)] for path in paths}
    found = [str(one) for one in check_external(links, tmp_path, lambda: steps.append(None), pause_s=0)]
    assert len(steps) == len(paths)
    return found


def test_link_that_is_gone_is_a_warning_where_it_stands(host: Host, tmp_path: Path) -> None:
    assert check(host, tmp_path, "/ok", "/404") == [f"articles/a.md:7: warning: {host.url}/404 answers 404"]
    assert host.asked.count("/404") == 1


def test_transient_error_is_retried(host: Host, tmp_path: Path) -> None:
    assert check(host, tmp_path, "/flaky") == []
    assert host.asked == ["/flaky", "/flaky"]
    assert check(host, tmp_path, "/500") == [f"articles/a.md:7: warning: {host.url}/500 answers 500"]


def test_a_link_that_waits_for_others_to_its_host_has_the_whole_time(
    host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(external, "TIMEOUT_S", 0.5)
    assert check(host, tmp_path, *(f"/slow{number}" for number in range(60))) == []


def test_rejection_of_programs_says_nothing_about_the_link(host: Host, tmp_path: Path) -> None:
    assert check(host, tmp_path, "/403", "/429") == []


def test_working_links_are_cached_and_broken_ones_are_not(host: Host, tmp_path: Path) -> None:
    check(host, tmp_path, "/ok", "/404")
    check(host, tmp_path, "/ok", "/404")
    assert sorted(host.asked) == ["/404", "/404", "/ok"]


def test_damaged_cache_is_no_fault(host: Host, tmp_path: Path) -> None:
    (tmp_path / "external-links.json").write_text("[")
    assert check(host, tmp_path, "/ok") == []


def test_refused_connection_is_a_warning(host: Host, tmp_path: Path) -> None:
    links = {"http://127.0.0.1:1/": [Place("articles/a.md", 7)]}
    (problem,) = check_external(links, tmp_path, lambda: None, pause_s=0)
    assert "cannot be reached" in problem.message


def test_links_are_gathered_without_fragments_and_without_the_ignored(tmp_path: Path) -> None:
    (tmp_path / "articles").mkdir()
    text = "[a](https://a.example/x#one) [b](https://a.example/x#two) [c](https://skip.example/) [d](/tags/)"
    (tmp_path / "articles" / "a.md").write_text(f"---\ntitle: T\nsummary: S.\npublished: 2025-01-01\n---\n\n{text}\n")
    library = load_now(tmp_path).library
    assert library is not None
    found = external_links(library, [r"^https://skip\."])
    assert {url: len(places) for url, places in found.items()} == {"https://a.example/x": 2}
