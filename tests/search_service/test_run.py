"""The service as processes: it starts, follows content, survives killed processes, and ends on a signal."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest

from benchmarks.running.processes import direct_children_of, free_port
from shared.process.child import Child, Ended, child_environ, python_command
from shared.process.tasks import running_task

ARTICLE = "---\ntitle: {title}\nsummary: About {title}.\npublished: 2025-01-01\n---\n\n{text}\n"

pytestmark = pytest.mark.slow


class Service:
    """``perspective search`` in a process of its own, and its log."""

    def __init__(self, directory: Path, port: int, **environ: str) -> None:
        self.content = directory / "content" / "articles"
        self.index = directory / "index"
        self.address = f"http://127.0.0.1:{port}"
        self.lines: list[str] = []
        self.codes: list[int] = []
        self.child = Child(
            python_command("services.search", "--child"),
            child_environ(
                os.environ,
                PERSPECTIVE_CONTENT_DIR=str(directory / "content"),
                PERSPECTIVE_INDEX_DIR=str(self.index),
                PERSPECTIVE_SEARCH_PORT=str(port),
                **environ,
            ),
            on_line=lambda line: self.lines.append(line.decode()),
            on_end=self._ended,
            with_errors=True,
        )

    def _ended(self, ended: Ended) -> bool:
        self.codes.append(ended.code)
        return False

    @property
    def log(self) -> str:
        """Everything it wrote."""
        return "".join(self.lines)

    async def write(self, name: str, text: str, title: str = "A title") -> None:
        """Save an article."""
        await asyncio.to_thread((self.content / f"{name}.md").write_text, ARTICLE.format(title=title, text=text))

    async def get(self, path: str) -> tuple[int, dict[str, Any]]:
        """The status and the answer; status 0 while nobody listens."""
        try:
            async with aiohttp.ClientSession() as session, session.get(self.address + path) as response:
                return response.status, await response.json(content_type=None)
        except aiohttp.ClientError:
            return 0, {}

    async def until(self, path: str, condition: Callable[[int, dict[str, Any]], bool]) -> dict[str, Any]:
        """The answer of ``path`` once it satisfies the condition."""
        try:
            async with asyncio.timeout(60):
                while True:
                    status, answer = await self.get(path)
                    if condition(status, answer):
                        return answer
                    await asyncio.sleep(0.05)
        except TimeoutError:
            pytest.fail(f"{path}: {status} {answer}\n{self.log}")

    async def found(self, word: str, total: int = 1) -> None:
        """Wait until ``word`` finds ``total`` articles."""
        await self.until(
            f"/v1/search?q={word}&exact=1", lambda status, answer: status == 200 and answer["total"] == total
        )


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A content directory with one article, and room for an index."""
    articles = tmp_path / "content" / "articles"
    articles.mkdir(parents=True)
    (articles / "first.md").write_text(ARTICLE.format(title="First", text="Quokkas sleep."))
    return tmp_path


def running(service: Service) -> AbstractAsyncContextManager[asyncio.Task[int]]:
    """The service, until the context is left."""
    return running_task(service.child.run(stop_s=20))


async def test_it_indexes_by_itself_and_follows_content(directory: Path) -> None:
    service = Service(directory, free_port())
    async with running(service):
        await service.found("quokkas")
        await service.write("second", "Wombats dig.")
        await service.found("wombats")
        await asyncio.to_thread((service.content / "first.md").unlink)
        await service.found("quokkas", 0)


async def test_an_edit_of_the_synonyms_is_followed(directory: Path) -> None:
    service = Service(directory, free_port())
    synonyms = directory / "content" / "synonyms.toml"
    async with running(service):
        await service.found("quokkas")
        await service.found("macropods", 0)
        await asyncio.to_thread(synonyms.write_text, '[[groups]]\nterms = ["macropod", "quokka"]\n')
        await service.found("macropods")
        await asyncio.to_thread(synonyms.unlink)
        await service.found("macropods", 0)


async def test_an_invalid_edit_leaves_the_last_good_index_and_reports_it(directory: Path) -> None:
    service = Service(directory, free_port())
    async with running(service):
        await service.found("quokkas")
        await asyncio.to_thread((service.content / "bad.md").write_text, "---\ntitel: Bad\n---\n")
        answer = await service.until("/readyz", lambda _status, answer: answer.get("status") == "degraded")
        assert "bad.md:2:" in answer["checks"]["content"]["detail"]
        await service.found("quokkas")
        await asyncio.to_thread((service.content / "bad.md").unlink)
        await service.until("/readyz", lambda _status, answer: answer.get("status") == "ready")


async def test_a_killed_indexer_is_started_again_and_answers_go_on(directory: Path) -> None:
    service = Service(directory, free_port())
    async with running(service):
        await service.found("quokkas")
        assert service.child.pid is not None
        [indexer] = await asyncio.to_thread(direct_children_of, service.child.pid)
        os.kill(indexer, signal.SIGKILL)
        answer = await service.until("/readyz", lambda _status, answer: answer.get("status") == "degraded")
        assert "SIGKILL" in answer["checks"]["indexer"]["detail"]
        phases = set()
        while (state := (await service.get("/v1/status"))[1]["indexer"])["phase"] != "idle":
            phases.add(state["phase"])
            assert "SIGKILL" in state["error"]  # until it has caught up, the index does not follow the content
        assert phases > {"down"}
        assert state["error"] == ""
        await service.found("quokkas")
        await service.write("second", "Wombats dig.")
        await service.found("wombats")


async def test_an_existing_index_answers_even_where_content_is_invalid(directory: Path) -> None:
    first = Service(directory, free_port())
    async with running(first):
        await first.found("quokkas")
    await asyncio.to_thread((first.content / "bad.md").write_text, "---\ntitel: Bad\n---\n")
    second = Service(directory, free_port())
    async with running(second):
        await second.found("quokkas")
        await second.until("/readyz", lambda _status, answer: answer.get("status") == "degraded")


async def test_invalid_content_and_no_index_end_a_strict_start_with_every_problem(directory: Path) -> None:
    service = Service(directory, free_port(), PERSPECTIVE_STRICT="true")
    for name in ("bad", "worse"):
        await asyncio.to_thread((service.content / f"{name}.md").write_text, "---\ntitel: Bad\n---\n")
    async with running(service) as task, asyncio.timeout(60):
        assert await task == 1
    assert "bad.md:2:" in service.log
    assert "worse.md:2:" in service.log
    assert "Traceback" not in service.log


async def test_an_error_in_a_body_ends_a_strict_start_too(directory: Path) -> None:
    service = Service(directory, free_port(), PERSPECTIVE_STRICT="true")
    await service.write("second", "![A drawing](gone.svg)")
    async with running(service) as task, asyncio.timeout(60):
        assert await task == 1
    assert "second.md:" in service.log
    assert "gone.svg" in service.log


async def test_a_taken_port_ends_the_start_with_one_line(directory: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        service = Service(directory, port)
        async with running(service) as task, asyncio.timeout(60):
            assert await task == 1
    reason = f"port {port} on 127.0.0.1 is taken by another program"
    assert service.lines == [f"perspective: {reason}: stop it, or set PERSPECTIVE_SEARCH_PORT to a free port\n"]


async def test_an_unwritable_index_directory_is_reported_and_retried(directory: Path) -> None:
    service = Service(directory, free_port())
    await asyncio.to_thread(service.index.write_text, "a file is in the way")
    async with running(service):
        answer = await service.until("/readyz", lambda _status, answer: "tried again" in str(answer))
        assert answer["status"] == "not ready"
        status, problem = await service.get("/v1/search?q=x")
        assert (status, problem["status"]) == (503, 503)
        await asyncio.to_thread(service.index.unlink)
        await service.found("quokkas")


async def test_a_stop_signal_ends_it_with_status_0_and_no_leftovers(directory: Path) -> None:
    service = Service(directory, free_port())
    async with running(service) as task:
        await service.found("quokkas")
        assert service.child.pid is not None
        children = await asyncio.to_thread(direct_children_of, service.child.pid)
        os.kill(service.child.pid, signal.SIGTERM)
        async with asyncio.timeout(30):
            assert await task == 0
    assert not any([await asyncio.to_thread(Path(f"/proc/{pid}/cmdline").exists) for pid in children])


async def test_several_workers_share_a_port_and_are_replaced(directory: Path) -> None:
    service = Service(directory, free_port(), PERSPECTIVE_SEARCH_WORKERS="2")
    async with running(service):
        await service.found("quokkas")
        workers: set[str] = set()
        async with asyncio.timeout(60):
            while len(workers) < 2:
                workers |= {await _worker_of(service)}
        assert workers == {"1", "2"}
        assert service.child.pid is not None
        started = await asyncio.to_thread(direct_children_of, service.child.pid)
        assert len(started) == 3  # two workers and one indexer
        os.kill(started[-1], signal.SIGKILL)
        async with asyncio.timeout(60):
            while len(set(await asyncio.to_thread(direct_children_of, service.child.pid)) - {started[-1]}) < 3:
                await asyncio.sleep(0.05)
        await service.write("second", "Wombats dig.")
        await service.found("wombats")
        os.kill(service.child.pid, signal.SIGTERM)
        async with asyncio.timeout(30):
            while not service.codes:
                await asyncio.sleep(0.05)
    assert service.codes == [0]
    events = [orjson.loads(line) for line in service.lines if line.startswith("{")]
    assert {"1", "2"} <= {event["worker"] for event in events if event.get("service") == "search" and "worker" in event}
    assert [event for event in events if "service" not in event] == []


async def _worker_of(service: Service) -> str:
    """The number of the worker that answers a new connection."""
    try:
        async with aiohttp.ClientSession() as session, session.get(service.address + "/metrics") as response:
            text = await response.text()
    except aiohttp.ClientError:
        return "1"
    return text.partition('perspective_index_open{worker="')[2][:1]
