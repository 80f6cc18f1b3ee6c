"""Check links that leave the site: with bounded concurrency, retries after transient errors, and a cache for a week."""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import time

import aiohttp
import orjson

from shared.content.library import Library
from shared.content.problem import Problem

CACHE_FILE = "external-links.json"
#: Seconds for which a working link is not checked again.
KEPT_S = 7 * 24 * 3600
CONCURRENT, PER_HOST, TIMEOUT_S, TRIES = 16, 2, 15.0, 3
#: Seconds before a second and a third try.
PAUSE_S = 1.0
#: Statuses of hosts that reject programs: they say nothing about the link.
_REFUSALS = frozenset({401, 403, 405, 406, 429, 451, 999})
#: Transient errors.
_AGAIN = frozenset({408, 425, 500, 502, 503, 504})
_HEADERS = {"User-Agent": "Mozilla/5.0 (compatible; perspective-check)", "Accept": "text/html,*/*;q=0.8"}


@dataclass(frozen=True, slots=True)
class Place:
    """The place of a link."""

    source: str
    line: int


def external_links(library: Library, ignored: Sequence[str] = ()) -> dict[str, list[Place]]:
    """The external addresses of articles and pages, each with its places.

    Without fragments. Addresses that match a pattern of ``ignored`` anywhere are left out.
    """
    patterns = [re.compile(pattern) for pattern in ignored]
    found: dict[str, list[Place]] = {}
    for article in (*library.articles, *library.pages):
        for link in article.body.links:
            url = link.target.partition("#")[0]
            if url.startswith(("http://", "https://")) and not any(one.search(url) for one in patterns):
                found.setdefault(url, []).append(Place(article.source, link.line))
    return found


def check_external(
    links: Mapping[str, Iterable[Place]], cache_dir: Path, step: Callable[[], None], *, pause_s: float = PAUSE_S
) -> Iterator[Problem]:
    """Check every link, and yield a warning for each place of a broken one. ``step`` is called after each.

    Working links are cached below ``cache_dir`` and not checked again within KEPT_S.
    """
    cache, now = _read(cache_dir), time()
    asked = [url for url in links if now - cache.get(url, 0.0) > KEPT_S]
    for _ in range(len(links) - len(asked)):
        step()
    faults = asyncio.run(_ask_all(asked, step, pause_s))
    cache |= {url: now for url in asked if faults[url] is None}
    cache_dir.mkdir(parents=True, exist_ok=True)
    (cache_dir / CACHE_FILE).write_bytes(orjson.dumps({url: at for url, at in cache.items() if now - at <= KEPT_S}))
    for url, fault in faults.items():
        for place in links[url] if fault else ():
            yield Problem(place.source, place.line, f"{url} {fault}", "warning")


def _read(cache_dir: Path) -> dict[str, float]:
    try:
        value = orjson.loads((cache_dir / CACHE_FILE).read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return {}
    known = value.items() if isinstance(value, dict) else ()
    return {url: at for url, at in known if isinstance(at, float)}


async def _ask_all(urls: Sequence[str], step: Callable[[], None], pause_s: float) -> dict[str, str | None]:
    # Bounded here and not by a connector: it counts the wait for a free connection as time that the host takes.
    every = asyncio.Semaphore(CONCURRENT)
    hosts = defaultdict[str, asyncio.Semaphore](lambda: asyncio.Semaphore(PER_HOST))
    connector, timeout = aiohttp.TCPConnector(limit=0), aiohttp.ClientTimeout(total=TIMEOUT_S)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout, headers=_HEADERS) as session:

        async def ask(url: str) -> str | None:
            fault = None
            for tries in range(TRIES):
                if tries:
                    await asyncio.sleep(pause_s * tries)
                async with hosts[url.split("/")[2]], every:
                    fault, is_final = await _ask(session, url)
                if is_final:
                    break
            step()
            return fault

        return dict(zip(urls, await asyncio.gather(*map(ask, urls)), strict=True))


async def _ask(session: aiohttp.ClientSession, url: str) -> tuple[str | None, bool]:
    """The problem of ``url``, and whether a retry is pointless. Does not read the body."""
    try:
        async with session.get(url) as response:
            status = response.status
    except (aiohttp.InvalidURL, ValueError):
        return "is not an address", True
    except TimeoutError:
        return f"does not answer within {TIMEOUT_S:g} s", False
    except aiohttp.ClientError as error:
        return f"cannot be reached ({type(error).__name__})", False
    if status < 400 or status in _REFUSALS:
        return None, True
    return f"answers {status}", status not in _AGAIN
