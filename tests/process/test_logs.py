"""Events: JSON for machines, lines for people, and nothing that a reader typed."""

from __future__ import annotations

import asyncio
import io
import logging
import re
from collections.abc import Callable, Coroutine
from select import PIPE_BUF
from typing import Any

import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer, make_mocked_request

from shared.process.logger import get_logger
from shared.process.logs import configure_logging, encode_event, has_colors
from shared.web.access_log import MAX_PATH_CHARS, access_log_class
from shared.web.settings import LogFormat, LogLevel


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Yes."""
        return True


def logged(stream: io.StringIO) -> list[dict[str, Any]]:
    """The events written as JSON lines."""
    return [orjson.loads(line) for line in stream.getvalue().splitlines()]


def test_an_event_is_one_line_of_json_with_its_fields() -> None:
    stream = io.StringIO()
    configure_logging("info", "auto", stream, service="search")
    get_logger("engine").info("index opened", generation="g1", articles=17)
    get_logger("engine").debug("not wanted")
    [event] = logged(stream)
    assert event.pop("timestamp").endswith("Z")
    assert event == {
        "event": "index opened",
        "level": "info",
        "logger": "engine",
        "service": "search",
        "generation": "g1",
        "articles": 17,
    }


def test_libraries_that_log_come_out_the_same_way() -> None:
    stream = io.StringIO()
    configure_logging("info", "json", stream)
    logging.getLogger("aiohttp.server").warning("odd %s", "thing")
    logging.getLogger("watchfiles.main").info("3 changes detected")
    [event] = logged(stream)
    assert (event["event"], event["level"], event["logger"]) == ("odd thing", "warning", "aiohttp.server")


def test_an_exception_is_part_of_its_event() -> None:
    stream = io.StringIO()
    configure_logging("info", "json", stream)
    try:
        int("broken")
    except ValueError:
        get_logger("x").exception("failed")
    [event] = logged(stream)
    assert "ValueError: invalid literal" in event["exception"]


def test_a_terminal_gets_coloured_lines_for_people() -> None:
    stream = Terminal()
    configure_logging("info", "auto", stream)
    get_logger("x").info("serving", address="http://127.0.0.1:8080")
    assert "\x1b[" in stream.getvalue()
    assert "http://127.0.0.1:8080" in stream.getvalue()


def test_console_lines_in_a_pipe_have_no_colour() -> None:
    stream = io.StringIO()
    configure_logging("info", "console", stream)
    get_logger("x").info("serving")
    assert "\x1b[" not in stream.getvalue()
    assert "serving" in stream.getvalue()


@pytest.mark.parametrize(
    ("stream", "environ", "expected"),
    [
        (Terminal(), {}, True),
        (Terminal(), {"NO_COLOR": "1"}, False),
        (io.StringIO(), {}, False),
        (io.StringIO(), {"FORCE_COLOR": "1"}, True),
        (Terminal(), {"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
    ],
)
def test_colour_follows_terminal_and_wish(stream: io.StringIO, environ: dict[str, str], expected: bool) -> None:
    assert has_colors(stream, environ) is expected


def test_hostile_text_in_an_event_is_escaped_and_never_an_error() -> None:
    line = encode_event({"event": "x", "path": "/\udcff\x00\n{", "error": ValueError("é")})
    assert "\n" not in line
    assert orjson.loads(line)["path"].endswith("\x00\n{")


#: Clears a screen, starts a colour (C1), ends a line, and turns the direction of the text after it.
STEERING = "\x1b[2J\x9b31m\u2028\u202e\u2066\x7f"


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_no_event_steers_a_terminal(log_format: LogFormat) -> None:
    stream = io.StringIO()
    configure_logging("info", log_format, stream)
    hostile = {"path": f"/{STEERING}", "places": [STEERING], "cause": ValueError(STEERING)}
    try:
        int(f"0{STEERING}")
    except ValueError:
        get_logger("x").exception(f"failed{STEERING}", **hostile)
    get_logger("x").error("failed", exc_info=ValueError(STEERING))
    assert set(STEERING) & set(stream.getvalue()) <= set("[2J31m")
    assert stream.getvalue().count("\\u202e") >= 4
    if log_format == "json":
        assert logged(stream)[0]["path"] == f"/{STEERING}"


Ask = Callable[[TestServer], Coroutine[Any, Any, TestClient[web.Request, web.Application]]]


async def access_events(aiohttp_client: Ask, level: LogLevel, *paths: str) -> list[dict[str, Any]]:
    """What the access log says about ``paths`` at ``level``."""
    stream = io.StringIO()
    configure_logging(level, "json", stream, service="search")
    app = web.Application()
    app.router.add_get("/{path:.*}", _hello)
    server = TestServer(app)
    await server.start_server(access_log_class=access_log_class("json", stream))
    client = await aiohttp_client(server)
    for path in paths:
        await (await client.get(path)).read()
    return [event for event in logged(stream) if event["event"] == "request"]


async def _hello(_request: web.Request) -> web.Response:
    return web.Response(text="hello")


async def test_a_request_is_an_event_without_what_the_reader_typed(aiohttp_client: Ask) -> None:
    [event] = await access_events(aiohttp_client, "info", "/v1/search?q=my+secret+illness")
    assert (event["method"], event["path"], event["status"]) == ("GET", "/v1/search", 200)
    assert event["took_ms"] >= 0
    assert event["size_bytes"] > 5
    assert "secret" not in str(event)


async def test_a_request_is_an_event_like_the_others(aiohttp_client: Ask) -> None:
    """One stream may have the lines of several services: each names its own, and all sort by one form of time."""
    [event] = await access_events(aiohttp_client, "info", "/")
    assert event["service"] == "search"
    stream = io.StringIO()
    configure_logging("info", "json", stream)
    get_logger("other").info("happened")
    [other] = logged(stream)
    assert re.sub(r"\d", "0", event["timestamp"]) == re.sub(r"\d", "0", other["timestamp"])


async def test_while_debugging_the_query_is_logged_too(aiohttp_client: Ask) -> None:
    [event] = await access_events(aiohttp_client, "debug", "/v1/search?q=outbox")
    assert event["path"] == "/v1/search?q=outbox"


async def test_probes_are_logged_only_while_debugging(aiohttp_client: Ask) -> None:
    assert await access_events(aiohttp_client, "info", "/healthz", "/readyz", "/metrics") == []
    assert len(await access_events(aiohttp_client, "debug", "/healthz")) == 1


async def test_a_long_path_is_cut(aiohttp_client: Ask) -> None:
    [event] = await access_events(aiohttp_client, "info", "/" + "x" * 5000)
    assert len(event["path"]) == MAX_PATH_CHARS


async def test_a_path_steers_no_terminal_that_shows_the_log(aiohttp_client: Ask) -> None:
    stream = io.StringIO()
    configure_logging("info", "json", io.StringIO())
    log = access_log_class("json", stream)(logging.getLogger("access"), "")
    log.log(make_mocked_request("GET", f"/{STEERING}"), web.Response(), 0.001)
    await asyncio.sleep(0)
    assert "\u202e" not in stream.getvalue()
    [event] = logged(stream)
    assert event["path"] == f"/{STEERING}"


async def test_above_info_requests_are_not_logged(aiohttp_client: Ask) -> None:
    assert await access_events(aiohttp_client, "warning", "/") == []


class Writes(io.StringIO):
    """A stream that remembers how it was written to."""

    def __init__(self) -> None:
        super().__init__()
        self.sizes: list[int] = []

    def write(self, text: str) -> int:
        self.sizes.append(len(text.encode()))
        return super().write(text)


async def test_requests_of_one_turn_are_written_together_in_pieces_that_a_pipe_takes_whole() -> None:
    """Workers share one stream: what is written in parts may have another's line in the middle."""
    stream = Writes()
    configure_logging("info", "json", io.StringIO())
    log = access_log_class("json", stream)(logging.getLogger("access"), "")
    paths = [f"/{'é' * 100}/{number}" for number in range(40)]
    for path in paths:
        log.log(make_mocked_request("GET", path), web.Response(), 0.001)
    assert 0 < len(stream.sizes) < len(paths) / 4
    await asyncio.sleep(0)
    assert len(stream.sizes) < len(paths) / 4
    assert max(stream.sizes) <= PIPE_BUF
    assert [event["path"] for event in logged(stream)] == paths
    assert stream.getvalue().endswith("}\n")


async def test_people_get_requests_as_lines(aiohttp_client: Ask) -> None:
    stream = io.StringIO()
    configure_logging("info", "console", stream)
    app = web.Application()
    app.router.add_get("/", _hello)
    server = TestServer(app)
    await server.start_server(access_log_class=access_log_class("console", stream))
    await (await aiohttp_client(server)).get("/")
    assert "request" in stream.getvalue()
    assert "path=/" in stream.getvalue()
