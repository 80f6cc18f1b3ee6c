"""``perspective serve``: two services in one terminal."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from pathlib import Path

import aiohttp
import orjson
import pytest

from benchmarks.running.processes import direct_children_of, free_port
from services.cli.serve import Both, answers
from shared.process.child import Child, Ended, child_environ, python_command
from shared.process.tasks import running_task
from shared.web.settings import Settings

pytestmark = pytest.mark.slow


class Serve:
    """The command in a process of its own, and what it wrote."""

    def __init__(self, content: Path, *arguments: str, **environ: str) -> None:
        self.site_port, self.search_port = free_port(), free_port()
        self.lines: list[str] = []
        ports = ("--port", str(self.site_port), "--search-port", str(self.search_port))
        self.child = Child(
            python_command("services", "serve", "--content", str(content), *ports, *arguments),
            child_environ(os.environ, PERSPECTIVE_INDEX_DIR=str(content.parent / "index"), **environ),
            on_line=lambda line: self.lines.append(line.decode()),
            on_end=self._ended,
            with_errors=True,
        )
        self.codes: list[int] = []

    def _ended(self, ended: Ended) -> bool:
        self.codes.append(ended.code)
        return False

    @property
    def log(self) -> str:
        """Everything it wrote."""
        return "".join(self.lines)

    async def get(self, port: int, path: str) -> tuple[int, str]:
        """The status and the answer; status 0 while nobody listens."""
        try:
            async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}{path}") as response:
                return response.status, await response.text()
        except aiohttp.ClientError:
            return 0, ""

    async def until(self, port: int, path: str, text: str) -> None:
        """Wait until ``path`` answers 200 with ``text`` in it."""
        try:
            async with asyncio.timeout(90):
                while True:
                    status, answer = await self.get(port, path)
                    if status == 200 and text in answer:
                        return
                    await asyncio.sleep(0.1)
        except TimeoutError:
            pytest.fail(f"{path} without {text!r}: {status} {answer[:500]}\n{self.log}")


def running(serve: Serve) -> AbstractAsyncContextManager[asyncio.Task[int]]:
    """The command, until the context is left."""
    return running_task(serve.child.run(stop_s=30))


async def test_site_and_search_run_until_they_are_interrupted(content: Path) -> None:
    serve = Serve(content, PERSPECTIVE_LOG_FORMAT="console")
    async with running(serve) as task:
        await serve.until(serve.search_port, "/v1/search?q=relay", '"total":2')
        await serve.until(serve.site_port, "/", "The outbox pattern")
        await serve.until(serve.site_port, "/api/search?q=relay", '"total":2')
        assert serve.child.pid is not None
        os.kill(serve.child.pid, signal.SIGINT)
        async with asyncio.timeout(60):
            assert await task == 0
    assert f"The site is at http://127.0.0.1:{serve.site_port}/" in serve.log
    assert "render │ " in serve.log
    assert "search │ " in serve.log
    assert "Traceback" not in serve.log
    assert await serve.get(serve.site_port, "/") == (0, "")


async def test_without_its_search_the_site_goes_on_and_search_comes_back(content: Path) -> None:
    serve = Serve(content, PERSPECTIVE_LOG_FORMAT="console")
    async with running(serve):
        await serve.until(serve.search_port, "/v1/search?q=relay", '"total":2')
        await serve.until(serve.site_port, "/articles/outbox/", "The relay")
        async with asyncio.timeout(60):
            while "The site is at" not in serve.log:
                await asyncio.sleep(0.1)
        assert serve.child.pid is not None
        for pid in await asyncio.to_thread(direct_children_of, serve.child.pid):
            if b"services.search" in await asyncio.to_thread(Path(f"/proc/{pid}/cmdline").read_bytes):
                os.kill(pid, signal.SIGKILL)
        assert (await serve.get(serve.site_port, "/articles/outbox/"))[0] == 200
        assert (await serve.get(serve.site_port, "/?q=relay"))[0] == 200
        await serve.until(serve.search_port, "/v1/search?q=relay", '"total":2')
    assert "search was killed by SIGKILL; restarting in 0.5 s" in serve.log


async def test_every_line_for_a_program_is_json(content: Path) -> None:
    serve = Serve(content, PERSPECTIVE_LOG_FORMAT="json")
    async with running(serve) as task:
        await serve.until(serve.search_port, "/v1/search?q=relay", '"total":2')
        async with asyncio.timeout(60):
            while '"both services answer"' not in serve.log:
                await asyncio.sleep(0.1)
        assert serve.child.pid is not None
        for pid in await asyncio.to_thread(direct_children_of, serve.child.pid):
            os.kill(pid, signal.SIGKILL)
        async with asyncio.timeout(60):
            while serve.log.count('"service ended"') < 2:
                await asyncio.sleep(0.1)
        os.kill(serve.child.pid, signal.SIGTERM)
        async with asyncio.timeout(60):
            assert await task == 0
    events = [orjson.loads(line) for line in serve.lines]
    ended = [(one["ended"], one["how"]) for one in events if one["event"] == "service ended"]
    assert sorted(ended) == [("render", "was killed by SIGKILL"), ("search", "was killed by SIGKILL")]


async def test_both_end_when_nothing_takes_their_output(content: Path) -> None:
    """As in ``perspective serve | head``: without the services, the command would only seem to run."""
    arguments = ("--content", str(content), "--port", str(free_port()), "--search-port", str(free_port()))
    read, write = os.pipe()
    serve = await asyncio.create_subprocess_exec(
        *python_command("services", "serve", *arguments),
        env=child_environ(os.environ, PERSPECTIVE_INDEX_DIR=str(content.parent / "index")),
        stdout=write,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    os.close(write)
    try:
        await asyncio.to_thread(os.read, read, 1)
        os.close(read)
        async with asyncio.timeout(60):
            assert await serve.wait() == 1
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(serve.pid, signal.SIGKILL)


async def test_invalid_content_stops_both_with_every_problem_if_held_strictly(content: Path) -> None:
    await asyncio.to_thread((content / "articles" / "bad.md").write_text, "---\ntitel: Bad\n---\n")
    serve = Serve(content, "--strict")
    async with running(serve) as task, asyncio.timeout(90):
        assert await task == 1
    assert "bad.md:2:" in serve.log
    assert "Traceback" not in serve.log


async def test_a_taken_port_is_reported_before_anything_is_started(content: Path) -> None:
    serve = Serve(content)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", serve.search_port))
        taken.listen()
        async with running(serve) as task, asyncio.timeout(60):
            assert await task == 1
    reason = f"port {serve.search_port} on 127.0.0.1 is taken by another program"
    assert serve.lines == [f"perspective: {reason}: stop it, or set PERSPECTIVE_SEARCH_PORT to a free port\n"]


async def test_over_mutual_tls_a_service_is_up_when_it_listens(tmp_path: Path) -> None:
    both = Both(Settings(tls_dir=tmp_path), {})
    (_, search) = both.services
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        service = replace(search, port=listening.getsockname()[1])
        async with aiohttp.ClientSession() as session:
            assert not await answers(session, service)
            listening.listen()
            assert await answers(session, service)
