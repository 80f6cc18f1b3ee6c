"""What holds for every answer of both services, whatever was asked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html.parser import HTMLParser

import orjson

from benchmarks.running.services import Service
from tests.campaign.cases import Fault
from tests.campaign.fuzz.texts import STRANGER
from tests.campaign.wire import Answer, exchange

CODINGS = ("", "gzip", "br")
MARKDOWN = "text/markdown"
PROBLEM = "application/problem+json"
#: Attributes that a browser follows.
_FOLLOWED = frozenset({"href", "src", "action", "formaction", "srcset", "data", "poster", "xlink:href"})
_RUNS = re.compile(r"\s*(?:javascript|vbscript|data:text)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reference:
    """What an address answered when it was asked plainly: its bytes without coding, and its entity tags."""

    body: bytes
    etags: frozenset[str]
    content_type: str


#: By path, and whether Markdown was asked for.
References = Mapping[tuple[str, bool], Reference]


def learn(service: Service, paths: tuple[str, ...]) -> dict[tuple[str, bool], Reference]:
    """Ask for each of ``paths`` in every coding. Raises Fault where codings differ in more than their coding."""
    known = {}
    for path in paths:
        for is_markdown in (False, True):
            accept = MARKDOWN if is_markdown else "*/*"
            answers = [_plainly(service.port, path, accept, coding) for coding in CODINGS]
            if answers[0].status != 200:
                raise Fault(f"{path} answers {answers[0].status}")
            bodies = {without_time(one.decoded()) for one in answers}
            if len(bodies) != 1:
                raise Fault(f"{path} has another text in another coding")
            tags = frozenset(one.header("etag") for one in answers)
            known[path, is_markdown] = Reference(bodies.pop(), tags, answers[0].header("content-type"))
    return known


def _plainly(port: int, path: str, accept: str, coding: str) -> Answer:
    request = (
        f"GET {path} HTTP/1.1\r\nHost: x\r\nAccept: {accept}\r\nAccept-Encoding: {coding}\r\nConnection: close\r\n\r\n"
    )
    return exchange(port, request.encode(), ["GET"])[0]


def without_time(body: bytes) -> bytes:
    """An answer of search without the one figure that differs from time to time."""
    return re.sub(rb'"took_ms":[0-9.e+-]+', b'"took_ms":0', body)


def judge(request: str, answer: Answer) -> None:
    """Raise Fault for an answer that no request may get."""
    wrong = next(iter(_wrongs(answer)), None)
    if wrong:
        raise Fault(f"{wrong}: {answer.status} {dict(answer.headers)} {answer.body[:200]!r}\n  to {request[:600]!r}")


def _wrongs(answer: Answer) -> list[str]:
    body, location = answer.decoded(), answer.header("location")
    wrongs = {
        # A service that says when to come back is busy, not broken: a loaded machine is no fault of an answer.
        "a status of 500 or more": answer.status >= 500 and not is_busy(answer),
        "no request id": not answer.header("x-request-id"),
        "no protection against sniffing": answer.header("x-content-type-options") != "nosniff",
        "a traceback": b"Traceback (most recent call last)" in body,
        "the Host header is repeated": STRANGER.encode() in body or STRANGER in str(answer.headers),
        "a redirect that leaves the site": location.startswith(("//", "/\\")) or ":" in location.partition("/")[0],
        "a header that the request wrote": any(name.startswith(("set-cookie", "x-evil")) for name, _ in answer.headers),
        "an error that caches may store": answer.status >= 400 and answer.header("cache-control") != "no-store",
        "a body beside 304": answer.status == 304 and bool(answer.body),
    }
    found = [name for name, is_so in wrongs.items() if is_so]
    kind = answer.header("content-type").partition(";")[0]
    if kind == PROBLEM and body:
        found += _problem_wrongs(answer.status, body)
    if kind == "text/html":
        found += [f"the page holds {one}" for one in Running(body.decode("utf-8")).found]
    return found


def is_busy(answer: Answer) -> bool:
    """Whether the service asks to come back later."""
    return answer.status == 503 and answer.header("retry-after").isdigit()


def _problem_wrongs(status: int, body: bytes) -> list[str]:
    try:
        problem = orjson.loads(body)
    except orjson.JSONDecodeError:
        return ["problem details that are not JSON"]
    return [] if problem.get("status") == status else ["problem details with another status"]


class Running(HTMLParser):
    """What of a page would run in a browser without being a file of the site."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """See HTMLParser."""
        values = {name: value or "" for name, value in attrs}
        is_data = values.get("type") in {"application/json", "application/ld+json", "speculationrules"}
        if tag == "script" and not is_data and not values.get("src", "").startswith("/static/"):
            self.found.append("a script that is not the site's")
        self.found += [f"{tag} {name}" for name in values if name.startswith("on")]
        self.found += [
            f"{tag} {name}={value[:40]}" for name, value in values.items() if name in _FOLLOWED and _RUNS.match(value)
        ]


def compare(answer: Answer, reference: Reference, *, conditional: str, request: str) -> None:
    """Raise Fault where an answer to a known address is not the known one, or a 304 is not called for."""
    if answer.status == 304:
        if not conditional or answer.header("etag") not in reference.etags:
            raise Fault(f"304 with {answer.header('etag')} for a condition {conditional!r}: {request[:600]!r}")
        return
    if answer.status == 200 and without_time(answer.decoded()) != reference.body:
        raise Fault(f"another body than the address has: {answer.decoded()[:200]!r}\n  to {request[:600]!r}")
