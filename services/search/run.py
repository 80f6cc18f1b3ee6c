"""Run the search service: one process that answers with an indexer as its child, or a supervisor with several workers.

Does not depend on handlers or engines.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

from services.search.app import create_app
from services.search.indexing.feed import ChildFeed, IndexerFeed, SupervisorFeed
from services.search.indexing.state import IndexerState, encode_state
from services.search.opening import open_store
from shared.process.child import Child, Ended, child_environ, python_command
from shared.process.logger import get_logger
from shared.process.loop import PARENT_MARGIN_S, run_until_stopped
from shared.telemetry.starting import exporting_traces
from shared.web import WebError
from shared.web.access_log import access_log_class
from shared.web.serving import open_socket, serve_until_stopped
from shared.web.settings import Settings
from shared.web.tls import own_identity

PORT_SETTING = "PERSPECTIVE_SEARCH_PORT"
MANAGEMENT_SETTING = "PERSPECTIVE_SEARCH_MANAGEMENT_PORT"
WORKER_MODULE = "services.search.worker"

log = get_logger("search")


class NothingToServe(WebError):
    """The content is invalid, and there is no earlier index: the message lists every problem."""


@dataclass(frozen=True, slots=True)
class StartCheck:
    """Stops the service if there is neither an index nor valid content. ``stop`` is set then."""

    stop: asyncio.Event = field(default_factory=asyncio.Event)
    failures: list[NothingToServe] = field(default_factory=list)

    def check(self, state: IndexerState) -> None:
        """Listen to an IndexerFeed."""
        if state.phase == "idle" and state.problem_count and not state.is_content_known and state.generation is None:
            more = state.problem_count - len(state.problems)
            lines = [*state.problems, *([f"… and {more} more"] if more > 0 else [])]
            self.failures[:] = [NothingToServe("\n".join(lines))]
            self.stop.set()

    def raise_failure(self) -> None:
        """Raise the failure that stopped the service, if there was one."""
        if self.failures:
            raise self.failures[0]


async def run_search(settings: Settings, environ: Mapping[str, str]) -> None:
    """Run the service as configured until it is stopped. Raises WebError if it cannot start."""
    await (run_supervisor if settings.search_workers > 1 else run_alone)(settings, environ)


async def run_alone(settings: Settings, environ: Mapping[str, str]) -> None:
    """Run one process that answers, with the indexer as its child. Raises WebError if it cannot start."""
    feed = ChildFeed(settings, environ)
    start = StartCheck()
    feed.listen(start.check)
    await _serve(settings, environ, feed, start.stop)
    start.raise_failure()


async def run_worker(settings: Settings, number: str) -> None:
    """Run one of several processes on the same port. It ends with its supervisor."""
    stop = asyncio.Event()
    await _serve(settings, os.environ, SupervisorFeed(on_end=stop.set), stop, worker=number)


async def _serve(
    settings: Settings, environ: Mapping[str, str], feed: IndexerFeed, stop: asyncio.Event, *, worker: str = ""
) -> None:
    """Answer until ``stop`` is set or a signal arrives. Workers, which have a number, share their ports."""
    is_shared = bool(worker)
    sock = open_socket(settings.host, settings.search_port, share=is_shared, setting=PORT_SETTING)
    management = _open_management(settings, share=is_shared)
    name = f"search worker {worker}" if worker else "search"
    access_log = access_log_class(settings.log_format, sys.stderr) if settings.access_log else None
    with exporting_traces(environ, "search"):
        app = create_app(settings, store=partial(open_store, settings), feed=feed, worker=worker)
        async with own_identity(settings, "render") as identity:
            await serve_until_stopped(
                app,
                sock,
                name=name,
                stop=stop,
                management=management,
                tls=identity.server if identity else None,
                access_log=access_log,
                shutdown_timeout_s=settings.shutdown_timeout_s,
            )


async def run_supervisor(settings: Settings, environ: Mapping[str, str]) -> None:
    """Run one indexer and ``search_workers`` processes on one port. Raises WebError if they cannot start."""
    # Several processes may share a port, so the kernel would let a second service join: bind it exclusively first.
    open_socket(settings.host, settings.search_port, setting=PORT_SETTING).close()
    # This socket is bound but never listens: it holds the port for restarted workers, and chooses one for port 0.
    with open_socket(settings.host, settings.search_port, share=True, setting=PORT_SETTING) as reserved:
        settings = settings.model_copy(update={"search_port": reserved.getsockname()[1]})
        feed = ChildFeed(settings, environ)
        start = StartCheck()
        feed.listen(start.check)
        workers = [Worker(str(number + 1), settings, environ, feed) for number in range(settings.search_workers)]
        log.info("supervising", workers=len(workers))
        await run_until_stopped([feed.run(), *(worker.run() for worker in workers)], start.stop)
    start.raise_failure()


class Worker:
    """A worker process: it receives the indexer's states on its input and is restarted when it ends."""

    def __init__(self, number: str, settings: Settings, environ: Mapping[str, str], feed: IndexerFeed) -> None:
        self._number = number
        self._stop_s = settings.shutdown_timeout_s + PARENT_MARGIN_S
        self._child = Child(
            python_command(WORKER_MODULE, number),
            child_environ(environ, **settings.to_environ()),
            on_start=lambda: self._child.send(encode_state(feed.state)),
            on_end=self._ended,
        )
        feed.listen(lambda state: self._child.send(encode_state(state)))

    async def run(self) -> None:
        """Run the process, and restart it when it ends, until cancelled."""
        await self._child.run(stop_s=self._stop_s)

    def _ended(self, ended: Ended) -> bool:
        log.error("worker ended", worker=self._number, how=ended.describe(), pause_s=ended.pause_s)
        return True


def _open_management(settings: Settings, *, share: bool) -> socket.socket | None:
    """Open the socket of the management port, if there is one. Raises AddressInUse."""
    port = settings.search_management_port
    if port is None:
        return None
    return open_socket(settings.management_host, port, share=share, setting=MANAGEMENT_SETTING)
