"""One aiohttp application on one port: from the socket to the last answer. Independent of the application."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
import socket
import ssl
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

from aiohttp import web
from aiohttp.abc import AbstractAccessLogger

from shared.process.logger import get_logger
from shared.process.loop import CLOSING_S, stop_signal, stopping_within
from shared.process.loop_thread import on_loop_thread
from shared.web import WebError
from shared.web.protocol import Runner
from shared.web.service import management_application
from shared.web.settings import local_address

#: Seconds that an idle connection stays open: longer than in the usual proxy, so that the proxy closes first. aiohttp
#: also closes a connection without a whole request head by then, which bounds slow clients.
KEEP_ALIVE_S = 75.0
#: Milliseconds after which a client that takes nothing of its answer is disconnected (Linux: TCP_USER_TIMEOUT).
UNREAD_TIMEOUT_MS = 60_000
#: Larger request lines and headers than this get a 400 from aiohttp instead of the service's own answer.
MAX_LINE_BYTES = 16 << 10
#: Seconds to read on after an answer, for the rest of a body that no handler wanted: only two endpoints take one.
LINGER_S = 1.0
#: Seconds for requests in flight, unless a setting gives another number.
SHUTDOWN_TIMEOUT_S = 10.0
#: Seconds for requests to the management address when the service stops.
MANAGEMENT_SHUTDOWN_S = 1.0
#: Connections that the kernel holds while the loop is busy: a burst of readers, not an error.
BACKLOG = 1024
#: Connections that are accepted in one iteration of the event loop: uvloop accepts one for each socket that listens.
ACCEPTED_TOGETHER = 16

log = get_logger("serving")


class AddressInUse(WebError):
    """The address to listen on is taken, or cannot be listened on here."""


def open_socket(host: str, port: int, *, share: bool = False, setting: str = "") -> socket.socket:
    """A bound socket for ``host`` and ``port`` (0: any free one). With ``share`` several processes may bind the same.

    Raises AddressInUse; its message names ``setting``, the variable of the port.
    """
    try:
        family, kind, proto, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        sock = socket.socket(family, kind, proto)
    except OSError as error:
        raise AddressInUse(
            f"cannot listen on {host} port {port}: {error.strerror or error}; set {_host_setting(setting)}"
        ) from error
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if share:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux; accepted connections inherit it
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNREAD_TIMEOUT_MS)
        sock.bind(address)
    except OSError as error:
        sock.close()
        raise AddressInUse(_why_not(host, port, error, setting)) from error
    sock.setblocking(False)  # noqa: FBT003 - takes no keyword
    return sock


def _why_not(host: str, port: int, error: OSError, setting: str) -> str:
    choose = f"set {setting} to a free port" if setting else "choose another port"
    if error.errno == errno.EADDRINUSE:
        return f"port {port} on {host} is taken by another program: stop it, or {choose}"
    if error.errno == errno.EACCES:
        return f"port {port} on {host} may only be used by the administrator: {choose} above 1023"
    reason = os.strerror(error.errno or 0)
    return f"cannot listen on {host} port {port}: {reason}; set {_host_setting(setting)} to an address of this machine"


def _host_setting(port_setting: str) -> str:
    return "PERSPECTIVE_MANAGEMENT_HOST" if "MANAGEMENT" in port_setting else "PERSPECTIVE_HOST"


@contextlib.asynccontextmanager
async def serving(
    app: web.Application,
    sock: socket.socket,
    *,
    access_log: type[AbstractAccessLogger] | None = None,
    shutdown_timeout_s: float = SHUTDOWN_TIMEOUT_S,
    keep_alive_s: float = KEEP_ALIVE_S,
    management: socket.socket | None = None,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[str]:
    """Serve ``app`` on ``sock`` inside the context, whose value is its address on this machine.

    On leaving it, nothing new is accepted, requests under way get ``shutdown_timeout_s`` to finish, and resources of
    the application are closed. A connection without a whole request head for ``keep_alive_s`` is closed. ``management``
    is the socket of ``management_application``, which speaks plain HTTP on an event loop of its own; ``tls`` is the
    context of ``sock``. Raises AddressInUse if another program took the address while the application started.
    """
    options: dict[str, Any] = {"access_log_class": access_log} if access_log else {"access_log": None}
    runner = _runner(app, keep_alive_s, shutdown_timeout_s, options)
    try:
        # Closed last, so that probes are answered while the last requests are in flight.
        async with contextlib.AsyncExitStack() as probes:
            try:
                await runner.setup()
                if management:
                    managed = management_application(app, asyncio.get_running_loop())
                    managing = _runner(managed, keep_alive_s, MANAGEMENT_SHUTDOWN_S, options)
                    served = on_loop_thread(partial(_listening, managing, management), "management")
                    log.info("management", address=await probes.enter_async_context(served))
                yield await _listen(runner, sock, tls)
                await _accept_waiting()
            finally:
                await runner.cleanup()
    finally:
        for one in (sock, management):
            if one:
                one.close()


def _runner(app: web.Application, keep_alive_s: float, shutdown_timeout_s: float, options: dict[str, Any]) -> Runner:
    return Runner(
        app,
        shutdown_timeout=shutdown_timeout_s,
        keepalive_timeout=keep_alive_s,
        max_line_size=MAX_LINE_BYTES,
        max_field_size=MAX_LINE_BYTES,
        lingering_time=LINGER_S,
        auto_decompress=False,  # a body is a few kB: one that was compressed could be any size once unpacked
        logger=_protocol_logger(),
        **options,
    )


@contextlib.asynccontextmanager
async def _listening(runner: Runner, sock: socket.socket) -> AsyncIterator[str]:
    """Serve on ``sock`` inside the context, whose value is the address."""
    try:
        await runner.setup()
        yield await _listen(runner, sock)
    finally:
        await runner.cleanup()


async def _listen(runner: web.AppRunner, sock: socket.socket, tls: ssl.SSLContext | None = None) -> str:
    host, port = sock.getsockname()[:2]
    try:
        await _start(runner, sock, tls)
        for _ in range(ACCEPTED_TOGETHER - 1):
            await _start(runner, sock.dup(), tls)
    except OSError as error:
        raise AddressInUse(_why_not(host, port, error, "")) from error
    address = local_address(host, port)
    return address.replace("http:", "https:", 1) if tls else address


async def _accept_waiting() -> None:
    """Let the loop accept the connections that the kernel holds: it resets them when the sockets are closed."""
    for _ in range(BACKLOG // ACCEPTED_TOGETHER + 1):
        await asyncio.sleep(0)


async def _start(runner: web.AppRunner, sock: socket.socket, tls: ssl.SSLContext | None) -> None:
    """Accept connections from ``sock``. The runner closes it later; if that fails, it is closed at once."""
    try:
        await web.SockSite(runner, sock, backlog=BACKLOG, ssl_context=tls).start()
    except BaseException:
        sock.close()
        raise


def _protocol_logger() -> logging.Logger:
    """Aiohttp's logger, without a traceback for every client that sends something other than HTTP."""
    logger = logging.getLogger("aiohttp.server")
    logger.addFilter(_quieten_bad_requests)
    return logger


def _quieten_bad_requests(record: logging.LogRecord) -> bool:
    error = record.exc_info[1] if record.exc_info else None
    # A client that sends Expect: 100-continue and disconnects raises a ConnectionError.
    return (
        not isinstance(error, web.HTTPException | ConnectionError)
        and type(error).__module__ != "aiohttp.http_exceptions"
    )


async def serve_until_stopped(
    app: web.Application,
    sock: socket.socket,
    *,
    name: str,
    stop: asyncio.Event | None = None,
    shutdown_timeout_s: float = SHUTDOWN_TIMEOUT_S,
    **options: Any,
) -> None:
    """Serve until SIGTERM or SIGINT (or ``stop``), which end a start under way too; ``options`` as for ``serving``.

    SIGINT again ends the process at once, and so does closing that takes CLOSING_S beyond the time of requests.
    """
    stop, is_up = stop or asyncio.Event(), asyncio.Event()
    context = serving(app, sock, shutdown_timeout_s=shutdown_timeout_s, **options)
    served = asyncio.create_task(_serve(context, name, is_up, stop))
    told = asyncio.create_task(stop_signal(stop))
    try:
        await asyncio.wait({served, told}, return_when=asyncio.FIRST_COMPLETED)
        if told.done():
            log.info("stopping", service=name)
    finally:
        # From here on, a signal, a failed start and a cancelled caller are handled alike.
        stop.set()
        if not is_up.is_set():
            served.cancel()
        with stopping_within(shutdown_timeout_s + CLOSING_S), contextlib.suppress(asyncio.CancelledError):
            await told
            await served


async def _serve(
    context: contextlib.AbstractAsyncContextManager[str], name: str, is_up: asyncio.Event, stop: asyncio.Event
) -> None:
    async with context as address:
        is_up.set()
        log.info("serving", service=name, address=address)
        await stop.wait()
