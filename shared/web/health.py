"""Liveness and readiness of a service, with the reasons.

``/healthz`` answers while the event loop runs. ``/readyz`` runs every check: 503 if a required one fails, else 200.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import orjson
from aiohttp import web


@dataclass(frozen=True, slots=True)
class Check:
    """The result of one check. If it fails and is not ``is_required``, the service is ready, but degraded."""

    is_ok: bool
    detail: str = ""
    is_required: bool = True


class Health:
    """The checks of one service, each a function that answers from memory."""

    def __init__(self) -> None:
        self._checks: dict[str, Callable[[], Check]] = {}

    def add(self, name: str, check: Callable[[], Check]) -> None:
        """Add ``check``, or replace the one of that name."""
        self._checks[name] = check

    def ask(self) -> dict[str, Check]:
        """The results now, in the order in which the checks were added."""
        return {name: check() for name, check in self._checks.items()}


HEALTH = web.AppKey("health", Health)

Status = Literal["ready", "degraded", "not ready"]


def overall(checks: dict[str, Check]) -> Status:
    """The combined result of the checks."""
    if any(not check.is_ok and check.is_required for check in checks.values()):
        return "not ready"
    return "ready" if all(check.is_ok for check in checks.values()) else "degraded"


async def healthz(_request: web.Request) -> web.Response:
    """GET /healthz: the process is alive."""
    return _json({"status": "alive"}, 200)


async def readyz(request: web.Request) -> web.Response:
    """GET /readyz: whether the service can answer, and what is missing."""
    checks = request.app[HEALTH].ask()
    status = overall(checks)
    answer = {
        "status": status,
        "checks": {name: {"ok": check.is_ok, "detail": check.detail} for name, check in checks.items()},
    }
    return _json(answer, 503 if status == "not ready" else 200)


def _json(answer: object, status: int) -> web.Response:
    return web.Response(
        status=status,
        body=orjson.dumps(answer),
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
    )
