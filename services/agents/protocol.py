"""The part of the Model Context Protocol for a server with tools: one JSON-RPC message in, at most one out.

It keeps no session: every message is independent, so any replica can answer it. The transports are elsewhere.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from shared.version import VERSION

#: The supported revisions of the protocol, newest first. ``initialize`` begins each.
VERSIONS = ("2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05")

#: JSON-RPC 2.0, section 5.1.
PARSE_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMS = -32700, -32600, -32601, -32602

Json = Mapping[str, Any]


class BadCall(ValueError):
    """The parameters of a message are invalid, or name an unknown tool; the message says how."""


@dataclass(frozen=True, slots=True)
class Server:
    """The capabilities of a server.

    ``tools`` are the entries of ``tools/list``. ``call`` takes a name and arguments, and returns the result of
    ``tools/call`` or raises BadCall.
    """

    title: str
    instructions: str
    tools: tuple[Json, ...]
    call: Callable[[str, Json], Awaitable[Json]]


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to one message: its JSON, or None if the message wants none.

    ``is_readable`` is False if the message was not a valid one of the protocol.
    """

    body: bytes | None
    is_readable: bool = True


async def reply_to(raw: bytes, server: Server, version: str | None = None) -> Reply:
    """The answer to the message ``raw``. What ``server.call`` raises beside BadCall is the caller's.

    ``version`` is the revision that the transport says the client speaks.
    """
    try:
        message = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return _unreadable(PARSE_ERROR, "this is not JSON")
    reason = _why_refused(message, version)
    if reason:
        return _unreadable(INVALID_REQUEST, reason)
    if "method" not in message or "id" not in message:
        return Reply(None)  # an answer, though this server asks nothing, or a notification: none changes anything here
    return Reply(await _answer(message["id"], message["method"], message.get("params", {}), server))


def _why_refused(message: Any, version: str | None) -> str:
    """Why ``message`` is not one of the protocol; "" if it is."""
    if isinstance(message, list):
        return "this is a batch: send each message in a request of its own"
    if not isinstance(message, dict) or message.get("jsonrpc") != "2.0":
        return "this is not one JSON-RPC 2.0 message"
    method, is_answer = message.get("method"), "result" in message or "error" in message
    if "method" not in message and is_answer:
        return ""
    if not isinstance(method, str) or ("id" in message and not _is_id(message["id"])):
        return "a request has a method and an id"
    if version is not None and version not in VERSIONS and method != "initialize":
        return f"version {version[:40]} is not spoken: there are {', '.join(VERSIONS)}"
    return ""


async def _answer(ident: object, method: str, params: object, server: Server) -> bytes:
    """The answer to one request."""
    if not isinstance(params, dict):
        return _error(ident, INVALID_PARAMS, "params is an object")
    try:
        result = await _result(method, params, server)
    except BadCall as error:
        return _error(ident, INVALID_PARAMS, str(error))
    if result is None:
        return _error(ident, METHOD_NOT_FOUND, f"there is no method {method[:100]}")
    return orjson.dumps({"jsonrpc": "2.0", "id": ident, "result": result})


async def _result(method: str, params: Json, server: Server) -> Json | None:
    """The result of a request; None for an unknown method. Raises BadCall."""
    if method == "initialize":
        return _welcome(params, server)
    if method == "ping":
        return {}
    if method == "tools/list":
        return {"tools": server.tools}
    if method == "tools/call":
        name, arguments = params.get("name"), params.get("arguments") or {}
        if not isinstance(name, str) or not isinstance(arguments, dict):
            raise BadCall("tools/call takes a name, and arguments that are an object")
        return await server.call(name, arguments)
    return None


def _welcome(params: Json, server: Server) -> Json:
    asked = params.get("protocolVersion")
    if not isinstance(asked, str):
        raise BadCall("initialize takes a protocolVersion")
    return {
        "protocolVersion": asked if asked in VERSIONS else VERSIONS[0],
        "capabilities": {"tools": {"listChanged": False}},
        "serverInfo": {"name": "perspective", "title": server.title, "version": VERSION},
        "instructions": server.instructions,
    }


def _is_id(ident: object) -> bool:
    return isinstance(ident, str | int) and not isinstance(ident, bool)


def _unreadable(code: int, message: str) -> Reply:
    return Reply(_error(None, code, message), is_readable=False)


def _error(ident: object, code: int, message: str) -> bytes:
    return orjson.dumps({"jsonrpc": "2.0", "id": ident, "error": {"code": code, "message": message}})
