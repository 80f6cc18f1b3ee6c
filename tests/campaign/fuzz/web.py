"""Requests, paths, headers and queries, as bytes on a socket."""

from __future__ import annotations

import random
import time
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

from benchmarks.running.services import Service
from shared.search.encoding import MalformedAnswer, parse_results, parse_suggestions
from tests.campaign.cases import Fault, Kind
from tests.campaign.fuzz.judging import MARKDOWN, Reference, References, compare, is_busy, judge
from tests.campaign.fuzz.texts import STRANGER, any_query, any_text, escaped, pick, some
from tests.campaign.wire import Answer, exchange

#: How often a query is asked again that a busy service refuses.
MAX_BUSY = 60
#: Without HEAD: once bytes are changed, nobody can say which answer is the one without a body.
CHANGED_METHODS = ("GET", "GET", "GET", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "PROPFIND")
PARAMETERS = ("page", "size", "sort", "tag", "series", "year", "author", "reviewed", "partial", "exact", "explain", "x")
VALUES = (
    "",
    "0",
    "1",
    "2",
    "-1",
    "1.5",
    "1e9",
    "99999999999999999999",
    "+1",
    "٣",
    "true",
    "newest",
    "2026",
    "messaging",
)
PATH_PIECES = (
    "/", "//", "..", ".", "%2e%2e", "%2f", "%5c", "\\", "%00", "%0d%0a", "%", "%zz", ";", "articles", "static", "tags",
    "feed.xml", ".md", "index.md", "site.toml", "verified.json", "etc/passwd", "~", "@", ":", "*", "%c3%28", "%ff",
    "v1", "search", "related", "api", "mcp", "preview", "openapi.json", "healthz", "readyz", "metrics", "favicon.ico",
)  # fmt: skip
HEADERS = (
    "Accept: text/html", "Accept: */*;q=0", f"Accept: {MARKDOWN}", "Accept: ,;q=,", "Accept-Encoding: br, gzip",
    "Accept-Encoding: gzip;q=0, *", "Accept-Encoding: identity;q=0", "Accept-Encoding: br;q=1.001",
    "Range: bytes=0-1", "Range: bytes=-0", "Cookie: a=b; c", "Expect: 100-continue", "Upgrade: h2c", "TE: trailers",
    "X-Request-Id: <b>", "X-Request-Id: fine-1", "X-Forwarded-For: 198.51.100.7, ::1", "X-Forwarded-For: ,x,",
    "X-Forwarded-Host: " + STRANGER, "X-Forwarded-Proto: javascript", "Forwarded: for=_x;host=" + STRANGER,
    "traceparent: 00-zz-1-01", "X-Deadline-Ms: 1000", "X-Deadline-Ms: -1", "X-Deadline-Ms: ९", "Origin: null",
    "If-Modified-Since: Thu, 01 Jan 2037 00:00:00 GMT", "If-Modified-Since: soon", "If-Range: x", "Max-Forwards: 0",
    "Content-Length: 0", "Authorization: Basic \xff", "User-Agent: " + "a" * 3000, "Accept: " + "a," * 2000,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it goes onto the wire."""

    method: str
    target: str
    headers: tuple[str, ...] = ()
    is_last: bool = False

    def text(self) -> str:
        """The request, in Latin-1."""
        last = ("Connection: close",) if self.is_last else ()
        return "\r\n".join([f"{self.method} {self.target} HTTP/1.1", f"Host: {STRANGER}", *self.headers, *last, "", ""])

    @property
    def condition(self) -> str:
        """The headers that allow a 304."""
        return " ".join(one for one in self.headers if one.startswith("If-"))


def kinds(render: Service, search: Service, known: dict[int, References]) -> tuple[Kind, ...]:
    """The kinds of this module, against two services whose plain answers are ``known`` by port."""
    both = (render, search)
    return (
        Kind("requests", "framing, methods, versions, bytes changed, pipelines", partial(try_bytes, both, known)),
        Kind("paths", "escapes, dots, slashes, controls, lengths", partial(try_paths, both)),
        Kind("headers", "conditions, codings, proxies; bodies compared", partial(try_headers, both, known)),
        Kind("queries", "what is typed, pasted or sent to harm", partial(try_queries, render, search)),
    )


def ask(port: int, requests: Iterable[Asked]) -> list[tuple[Asked, Answer]]:
    """Send ``requests`` on one connection, and judge each answer. Raises Fault where one is missing."""
    *first, last = requests
    asked = [*first, Asked(last.method, last.target, last.headers, is_last=True)]
    text = "".join(one.text() for one in asked)
    answers = exchange(port, text.encode("latin-1", "replace"), [one.method for one in asked])
    if not answers:
        raise Fault(f"no answer to {text[:600]!r}")
    for one, answer in zip(asked, answers, strict=False):
        judge(one.text(), answer)
    return list(zip(asked, answers, strict=False))


def try_headers(services: tuple[Service, ...], known: dict[int, References], rng: random.Random) -> int:
    """Known addresses with any headers: the body is the known one, or there is a reason why not."""
    port, count = rng.choice(services).port, rng.randint(1, 8)
    paths = sorted({path for path, _ in known[port]})
    asked = [_known_request(rng, known[port], rng.choice(paths)) for _ in range(count)]
    pairs = ask(port, asked)
    if len(pairs) < count and not any(answer.status in {400, 417} for _, answer in pairs):
        raise Fault(f"{count} requests, {len(pairs)} answers: {[one.text() for one in asked]!r}"[:2000])
    for one, answer in pairs:
        if one.method == "GET" and answer.status in {200, 304}:
            # Which of the two texts was wanted is the service's to read out of Accept: it must be one of them.
            is_markdown = answer.header("content-type").startswith(MARKDOWN)
            reference = known[port][one.target, is_markdown]
            if answer.status == 304 and answer.header("etag") not in reference.etags:
                reference = known[port][one.target, True]
            compare(answer, reference, conditional=one.condition, request=one.text())
    return count


def _known_request(rng: random.Random, known: References, path: str) -> Asked:
    headers = rng.sample(HEADERS, rng.choice((0, 0, 1, 2, 4)))
    if rng.random() < 0.4:
        headers.append(f"If-None-Match: {_condition(rng, known[path, False])}")
    return Asked(rng.choice(("GET", "GET", "GET", "HEAD")), path, tuple(headers))


def _condition(rng: random.Random, reference: Reference) -> str:
    tag = rng.choice(sorted(reference.etags))
    return rng.choice(
        (tag, f"W/{tag}", f'"other", {tag}', "*", '"other"', tag[:-1], "", f"{tag}{tag}", '"' + "x" * 999 + '"')
    )


def try_bytes(services: tuple[Service, ...], known: dict[int, References], rng: random.Random) -> int:
    """Requests that are changed as bytes: each answer is one that a request may get."""
    port, count = rng.choice(services).port, rng.randint(1, 4)
    paths = sorted({path for path, _ in known[port]})
    requests = [
        Asked(rng.choice(CHANGED_METHODS), rng.choice(paths), tuple(rng.sample(HEADERS, rng.randint(0, 3))))
        for _ in range(count)
    ]
    text = bytearray("".join(one.text() for one in requests).encode("latin-1", "replace"))
    for _ in range(rng.choice((0, 1, 1, 2, 5))):
        _change(rng, text)
    text += b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    for answer in exchange(port, bytes(text), ()):
        judge(text.decode("latin-1"), answer)
    return count + 1


def _change(rng: random.Random, text: bytearray) -> None:
    place = rng.randrange(len(text))
    match rng.randrange(5):
        case 0:
            text[place] = rng.randrange(256)
        case 1:
            text[place:place] = rng.choice((b"\r\n", b"\n", b"\0", b" ", b":", b"\xff", b"A" * 20_000, b"\r\n\r\n"))
        case 2:
            del text[place : place + rng.randint(1, 40)]
        case 3:
            text[place:place] = text[: rng.randint(1, 60)]
        case _:
            version = text.find(b"HTTP/1.1")
            if version >= 0:
                text[version : version + 8] = rng.choice(
                    (b"HTTP/1.0", b"HTTP/0.9", b"HTTP/2.0", b"HTTP/9.9", b"HTTP/1", b"")
                )


def try_paths(services: tuple[Service, ...], rng: random.Random) -> int:
    """Any path: never a file of the machine, never a fault."""
    requests = [Asked(rng.choice(("GET", "HEAD", "POST")), _path(rng)) for _ in range(rng.randint(1, 4))]
    for one, answer in ask(rng.choice(services).port, requests):
        if answer.status == 200 and b"root:" in answer.decoded():
            raise Fault(f"{one.target} gives a file of the machine")
    return len(requests)


def _path(rng: random.Random) -> str:
    path = pick(
        rng,
        lambda r: "/" + some(r, PATH_PIECES, 8, "/"),
        lambda r: "/" + some(r, PATH_PIECES, 8),
        lambda r: "/" + escaped(r, any_text(r)),
        lambda r: f"/articles/{escaped(r, any_text(r))}/{some(r, PATH_PIECES, 3, '/')}",
        lambda r: f"/v1/related/{escaped(r, any_text(r))}?size={r.choice(VALUES)}",
        lambda r: f"http://{STRANGER}/{some(r, PATH_PIECES, 3, '/')}",
        lambda r: "*",
    )
    return path.replace(" ", "%20")[:9000]


def try_queries(render: Service, search: Service, rng: random.Random) -> int:
    """Any query to every address that takes one: an answer of the contract, a page, or a 400."""
    address = rng.choice(
        ("/v1/search", "/v1/suggest", "/api/search", "/api/suggest", "/", "/api/results", "/opensearch/suggestions")
    )
    service = search if address.startswith("/v1/") else render
    requests = [Asked("GET", f"{address}?{_query_string(rng)}") for _ in range(rng.randint(1, 3))]
    for one, first in ask(service.port, requests):
        answer = _once_not_busy(service.port, one, first)
        if answer.status not in {200, 301, 400, 404}:
            raise Fault(f"{answer.status} to {one.target[:600]}")
        if answer.status == 200:
            _check_contract(address, one.target, answer)
    return len(requests)


def _once_not_busy(port: int, asked: Asked, answer: Answer) -> Answer:
    """The answer as soon as the service does not ask to come back; the last refusal after MAX_BUSY of them."""
    for _ in range(MAX_BUSY):
        if not is_busy(answer):
            break
        time.sleep(0.5)
        ((_, answer),) = ask(port, [asked])
    return answer


def _check_contract(address: str, target: str, answer: Answer) -> None:
    parse = {"search": parse_results, "suggest": parse_suggestions}.get(address.rpartition("/")[2])
    try:
        if parse:
            parse(answer.decoded())
    except MalformedAnswer as error:
        raise Fault(f"an answer that is not of the contract ({error}) to {target[:600]}") from error


def _query_string(rng: random.Random) -> str:
    pairs = [f"q={escaped(rng, any_query(rng))}"] if rng.random() < 0.9 else []
    pairs += [
        f"{rng.choice(PARAMETERS)}={rng.choice((*VALUES, escaped(rng, any_text(rng))))}"
        for _ in range(rng.choice((0, 0, 1, 3)))
    ]
    rng.shuffle(pairs)
    return rng.choice(("&", "&", "&", ";", "&&")).join(pairs)[:9000]
