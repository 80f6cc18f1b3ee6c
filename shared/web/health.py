"""Liveness and readiness of a service, with the reasons.

``/healthz`` answers while the event loop runs. On the management address another loop answers, so that a busy service
does not look dead; it answers 503 when the service's own loop has not run for STUCK_S. ``/readyz`` runs every check:
503 if a required one fails, else 200. Checks may run on another thread than the service's loop.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import orjson
from aiohttp import web

from shared.process.heartbeat import Heartbeat

#: Seconds without a heartbeat after which the event loop counts as stuck. Overload delays beats by one second at most.
STUCK_S = 10.0


@dataclass(frozen=True, slots=True)
class Check:
    """The result of one check. If it fails and is not ``is_required``, the service is ready, but degraded."""

    is_ok: bool
    detail: str = ""
    is_required: bool = True


class Health:
    """The checks of one service: functions that answer from memory."""

    def __init__(self) -> None:
        self._checks: dict[str, Callable[[], Check]] = {}

    def add(self, name: str, check: Callable[[], Check]) -> None:
        """Add ``check``, or replace the one of that name."""
        self._checks[name] = check

    def ask(self) -> dict[str, Check]:
        """Run the checks, in the order in which they were added."""
        return {name: check() for name, check in self._checks.items()}


HEALTH = web.AppKey("health", Health)
HEARTBEAT = web.AppKey("heartbeat", Heartbeat)

Status = Literal["ready", "degraded", "not ready"]


def overall(checks: dict[str, Check]) -> Status:
    """The combined result of the checks."""
    if any(not check.is_ok and check.is_required for check in checks.values()):
        return "not ready"
    return "ready" if all(check.is_ok for check in checks.values()) else "degraded"


async def healthz(_request: web.Request) -> web.Response:
    """GET /healthz: the process is alive."""
    return _json({"status": "alive"}, 200)


async def managed_healthz(request: web.Request) -> web.Response:
    """GET /healthz on the management address: 503 if the event loop of the service is stuck."""
    check = loop_check(request.app[HEARTBEAT])
    return _json(
        {"status": "alive"} if check.is_ok else {"status": "stuck", "detail": check.detail}, _status(check.is_ok)
    )


def loop_check(heartbeat: Heartbeat) -> Check:
    """Whether the event loop of the service runs."""
    silent_s = heartbeat.silent_s
    if silent_s <= STUCK_S:
        return Check(is_ok=True)
    return Check(is_ok=False, detail=f"the event loop of the service has been stuck for {silent_s:.0f} s")


async def readyz(request: web.Request) -> web.Response:
    """GET /readyz: whether the service can answer, and which checks fail."""
    checks = request.app[HEALTH].ask()
    status = overall(checks)
    answer = {
        "status": status,
        "checks": {name: {"ok": check.is_ok, "detail": check.detail} for name, check in checks.items()},
    }
    return _json(answer, _status(status != "not ready"))


def _status(is_ok: bool) -> int:  # noqa: FBT001 - private
    return 200 if is_ok else 503


def _json(answer: object, status: int) -> web.Response:
    return web.Response(
        status=status,
        body=orjson.dumps(answer),
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
    )
