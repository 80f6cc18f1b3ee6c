"""Firefox as Debian ships it, by WebDriver BiDi: what is needed to read its accessibility tree."""

from __future__ import annotations

import asyncio
import contextlib
import re
import subprocess
import threading
from collections.abc import Coroutine, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp

from benchmarks.running.processes import end

FIREFOX = Path("/usr/bin/firefox-esr")
#: Seconds for a start, for one answer, and for what a page does after a key. The machine may be busy with other tests.
PATIENCE_S = 60.0
LOOK_S = 0.1
_ADDRESS = re.compile(rb"WebDriver BiDi listening on (ws://\S+)")


class Firefox:
    """One tab. Its event loop runs in a thread of its own: this one belongs to Playwright."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="firefox", daemon=True)
        self._numbers = count(1)

    def connect(self) -> None:
        """Begin a session in the first tab."""
        self._thread.start()
        self._run(self._connect())
        self._call("session.new", capabilities={})
        self._tab = self._call("browsingContext.getTree")["contexts"][0]["context"]

    def close(self) -> None:
        """End the connection and the thread."""
        self._run(self._socket.close())
        self._run(self._session.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def open(self, url: str) -> None:
        """Go to ``url`` and wait until it is loaded."""
        self._call("browsingContext.navigate", context=self._tab, url=url, wait="complete")

    def wait_for(self, selector: str) -> None:
        """Wait until an element matches ``selector``."""
        expression = (
            "(selector, ms) => new Promise((done) => { const look = () => document.querySelector(selector) ?"
            " done(true) : setTimeout(look, ms); look(); })"
        )
        values = [{"type": "string", "value": selector}, {"type": "number", "value": LOOK_S * 1000}]
        target = {"context": self._tab}
        self._call(
            "script.callFunction", functionDeclaration=expression, arguments=values, awaitPromise=True, target=target
        )

    def type(self, text: str) -> None:
        """Press a key for each character."""
        keys = [{"type": kind, "value": key} for key in text for kind in ("keyDown", "keyUp")]
        source = {"type": "key", "id": "keyboard", "actions": keys}
        self._call("input.performActions", context=self._tab, actions=[source])

    def count(self, role: str, name: str | None = None) -> int:
        """How many elements the accessibility tree has with ``role``, and with ``name`` if given."""
        value = {"role": role} if name is None else {"role": role, "name": name}
        locator = {"type": "accessibility", "value": value}
        return len(self._call("browsingContext.locateNodes", context=self._tab, locator=locator)["nodes"])

    def _call(self, method: str, **parameters: object) -> dict[str, Any]:
        answer: dict[str, Any] = self._run(self._ask(method, parameters))
        return answer

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE_S)

    async def _connect(self) -> None:
        self._session = aiohttp.ClientSession()
        self._socket = await self._session.ws_connect(f"{self._address}/session", max_msg_size=0)

    async def _ask(self, method: str, parameters: dict[str, object]) -> dict[str, Any]:
        number = next(self._numbers)
        await self._socket.send_json({"id": number, "method": method, "params": parameters})
        while True:
            answer: dict[str, Any] = await self._socket.receive_json()
            if answer.get("id") == number:
                assert answer["type"] == "success", f"{method}: {answer}"
                return dict(answer["result"])


@contextlib.contextmanager
def running_firefox(folder: Path) -> Iterator[Firefox]:
    """Firefox with a profile of its own in ``folder``, ended on exit."""
    profile, log = folder / "profile", folder / "log"
    profile.mkdir()
    arguments = ("--headless", "--no-remote", "--profile", str(profile), "--remote-debugging-port=0", "about:blank")
    with log.open("wb") as output:
        process = subprocess.Popen([FIREFOX, *arguments], stdout=output, stderr=subprocess.STDOUT)
        try:
            firefox = Firefox(_address(process, log))
            firefox.connect()
            try:
                yield firefox
            finally:
                firefox.close()
        finally:
            end(process)


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    """Where Firefox listens, which it says when it does."""
    pause = threading.Event()
    for _ in range(int(PATIENCE_S / LOOK_S)):
        found = _ADDRESS.search(log.read_bytes())
        if found:
            return found[1].decode()
        assert process.poll() is None, f"Firefox ended:\n{log.read_text(errors='replace')}"
        pause.wait(LOOK_S)
    raise AssertionError(f"Firefox does not listen:\n{log.read_text(errors='replace')}")
