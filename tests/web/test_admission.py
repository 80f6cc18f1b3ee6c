"""What a burst of clients does to the others: requests that begin, and connections that are accepted."""

from __future__ import annotations

import asyncio
import contextlib
import socket

import uvloop
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from yarl import URL

from shared.process.admission import PER_ITERATION, Admission
from shared.web.protocol import admitted
from shared.web.serving import open_socket, serving
from tests.web.applications import application


class Iterations:
    """Counts the iterations of the running loop."""

    def __init__(self) -> None:
        self.count = 0
        self._beat()

    def _beat(self) -> None:
        self.count += 1
        asyncio.get_running_loop().call_soon(self._beat)


async def test_requests_begin_a_few_in_each_iteration_in_the_order_in_which_they_came() -> None:
    admission, iterations, began = Admission(3), Iterations(), list[tuple[int, int]]()

    async def ask(number: int) -> None:
        await admission.wait()
        began.append((iterations.count, number))

    await asyncio.gather(*(ask(number) for number in range(11)))
    assert [number for _, number in began] == list(range(11))
    at = [iteration for iteration, _ in began]
    assert max(at.count(one) for one in at) == 3
    await asyncio.sleep(0)
    await asyncio.wait_for(asyncio.gather(*(ask(number) for number in range(3))), 10)


async def test_a_client_that_left_takes_no_place() -> None:
    admission, began = Admission(1), list[int]()

    async def ask(number: int) -> None:
        await admission.wait()
        began.append(number)

    tasks = [asyncio.create_task(ask(number)) for number in range(4)]
    await asyncio.sleep(0)
    tasks[1].cancel()
    tasks[2].cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.wait_for(asyncio.gather(*tasks), 10)
    await asyncio.wait_for(tasks[3], 10)
    assert began == [0, 3]


def test_a_burst_of_connections_is_accepted_in_a_few_iterations() -> None:
    clients, sock = 64, open_socket("127.0.0.1", 0)
    sock.listen(clients)

    async def iterations_until_answered(last: socket.socket) -> int:
        async with serving(application(), sock):
            iterations = Iterations()
            async with asyncio.timeout(60):
                assert (await asyncio.get_running_loop().sock_recv(last, 12)).endswith(b" 200")
            return iterations.count

    with contextlib.ExitStack() as stack:
        asking = [stack.enter_context(socket.create_connection(sock.getsockname())) for _ in range(clients)]
        for one in asking:
            one.setblocking(False)
            one.send(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            assert runner.run(iterations_until_answered(asking[-1])) < clients // 2


async def test_a_probe_does_not_wait_behind_a_burst_of_requests() -> None:
    handled: list[str] = []

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        handled.append(request.path)
        return web.Response()

    answer = admitted(handle)
    paths = [*(f"/{number}" for number in range(10 * PER_ITERATION)), "/healthz"]
    async with asyncio.timeout(60):
        await asyncio.gather(*(answer(make_mocked_request("GET", path)) for path in paths))
    assert handled.index("/healthz") == PER_ITERATION
    assert sorted(handled) == sorted(paths)


def test_requests_that_the_kernel_holds_are_answered_before_the_service_stops() -> None:
    sock = open_socket("127.0.0.1", 0)
    sock.listen(300)

    async def start_and_stop() -> None:
        async with serving(application(), sock):
            pass

    with contextlib.ExitStack() as stack:
        asking = [stack.enter_context(socket.create_connection(sock.getsockname())) for _ in range(200)]
        for one in asking:
            one.send(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(start_and_stop())
        assert [one.recv(12) for one in asking] == [b"HTTP/1.1 200"] * len(asking)


async def test_every_request_of_a_burst_is_answered() -> None:
    async with serving(application(), open_socket("127.0.0.1", 0)) as address:
        host, port = URL(address).host, URL(address).port
        asked = [await asyncio.open_connection(host, port) for _ in range(5 * PER_ITERATION)]
        for _, writer in asked:
            writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        for reader, writer in asked:
            async with asyncio.timeout(60):
                assert (await reader.read()).endswith(b"hello")
            writer.close()
