"""A request rate for each client: who a client is, what it may send, and what is remembered of it."""

from __future__ import annotations

import pytest
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

from shared.web.rate_limit import (
    BURST_S,
    MAX_CLIENTS,
    RateLimited,
    RateLimiter,
    TrustedProxies,
    client_of,
    client_of_request,
    parse_trusted_proxies,
    retry_after,
)

PRIVATE = parse_trusted_proxies("private")
EDGE = parse_trusted_proxies("203.0.113.0/24, 2001:db8:1::/48")
MAPPED = parse_trusted_proxies("::ffff:10.0.0.0/104")
NOBODY = parse_trusted_proxies("")


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "trusted", "client"),
    [
        ("198.51.100.7", "", PRIVATE, "198.51.100.7"),
        ("198.51.100.7", "8.8.8.8", PRIVATE, "198.51.100.7"),
        ("127.0.0.1", "8.8.8.8", PRIVATE, "8.8.8.8"),
        ("127.0.0.1", "1.1.1.1, 8.8.8.8", PRIVATE, "8.8.8.8"),
        ("127.0.0.1", "1.1.1.1, 8.8.8.8, 10.0.0.3", PRIVATE, "8.8.8.8"),
        ("10.1.2.3", "8.8.8.8:51234", PRIVATE, "8.8.8.8"),
        ("::1", "[2001:db9::1]:443", PRIVATE, "2001:db9::/64"),
        ("::ffff:10.0.0.1", "8.8.8.8", PRIVATE, "8.8.8.8"),
        ("2600:1::aaaa", "", PRIVATE, "2600:1::/64"),
        ("2600:1::bbbb%eth0", "", PRIVATE, "2600:1::/64"),
        ("127.0.0.1", "", PRIVATE, None),
        ("127.0.0.1", "unknown", PRIVATE, None),
        ("127.0.0.1", "8.8.8.8, nonsense", PRIVATE, None),
        (None, "", PRIVATE, None),
        ("/run/socket", "", PRIVATE, None),
        ("203.0.113.9", "198.51.100.7", EDGE, "198.51.100.7"),
        ("10.0.0.1", "198.51.100.7", EDGE, "10.0.0.1"),
        ("10.0.0.1", "198.51.100.7", NOBODY, "10.0.0.1"),
        ("127.0.0.1", "10.0.0.9," * 40 + "10.0.0.9", PRIVATE, None),
        # IPv4 addresses that a dual-stack socket or a proxy maps into IPv6 are the same clients.
        ("::ffff:198.51.100.7", "", PRIVATE, "198.51.100.7"),
        ("127.0.0.1", "::ffff:8.8.8.8", PRIVATE, "8.8.8.8"),
        ("127.0.0.1", "[::ffff:8.8.8.8]:443", PRIVATE, "8.8.8.8"),
        ("127.0.0.1", "::FFFF:0808:0808", PRIVATE, "8.8.8.8"),
        ("10.0.0.1", "8.8.8.8", MAPPED, "8.8.8.8"),
        ("::ffff:10.0.0.1", "8.8.8.8", MAPPED, "8.8.8.8"),
        ("11.0.0.1", "8.8.8.8", MAPPED, "11.0.0.1"),
        # Zone ids name interfaces of one machine, no clients.
        ("fe80::1%eth0", "2600:1::7%wlan0", PRIVATE, "2600:1::/64"),
        ("fe80::1%25eth0", "[2600:1::7%25wlan0]:443", PRIVATE, "2600:1::/64"),
        ("::1", "fe80::9%eth0", PRIVATE, None),
        # Chains: what is left of the first address that is no trusted proxy may be invented.
        ("203.0.113.9", "127.0.0.1, 198.51.100.7, 203.0.113.10", EDGE, "198.51.100.7"),
        ("2001:db8:1::9", "1.1.1.1, 2600:2:3:4:5:6:7:8, 203.0.113.10", EDGE, "2600:2:3:4::/64"),
        ("203.0.113.9", "198.51.100.7, 192.0.2.1", EDGE, "192.0.2.1"),
        ("127.0.0.1", '"8.8.8.8"', PRIVATE, "8.8.8.8"),
        ("127.0.0.1", " 1.1.1.1 ,\t8.8.8.8 ", PRIVATE, "8.8.8.8"),
        ("127.0.0.1", "8.8.8.8,", PRIVATE, None),
        ("127.0.0.1", "for=8.8.8.8", PRIVATE, None),
        ("127.0.0.1", "8.8.8.8, _hidden", PRIVATE, None),
        ("127.0.0.1", "010.8.8.8", PRIVATE, None),
        ("127.0.0.1", "8.8.8.8.8:1:2", PRIVATE, None),
    ],
)
def test_a_client_is_the_last_address_that_no_trusted_proxy_has(
    peer: str | None, forwarded_for: str, trusted: TrustedProxies, client: str | None
) -> None:
    assert client_of(peer, forwarded_for, trusted) == client


@pytest.mark.parametrize(
    ("headers", "client"),
    [
        ([("X-Forwarded-For", "1.1.1.1"), ("X-Forwarded-For", "8.8.8.8")], "8.8.8.8"),
        ([("X-Forwarded-For", "1.1.1.1"), ("X-Forwarded-For", "8.8.8.8, 10.0.0.2")], "8.8.8.8"),
        # The proxies of this service write X-Forwarded-For; a Forwarded beside it is the client's own.
        ([("Forwarded", "for=9.9.9.9"), ("X-Forwarded-For", "8.8.8.8")], "8.8.8.8"),
        ([("Forwarded", 'for="[2001:db8::1]:4711";proto=https')], None),
        ([("X-Real-IP", "9.9.9.9"), ("True-Client-IP", "9.9.9.9")], None),
    ],
)
def test_lines_of_a_header_are_one_list_and_no_other_header_names_a_client(
    headers: list[tuple[str, str]], client: str | None
) -> None:
    request = make_mocked_request("GET", "/?q=x", headers=CIMultiDict(headers)).clone(remote="127.0.0.1")
    assert client_of_request(request, PRIVATE) == client


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def ask(limiter: RateLimiter, client: str) -> None:
    headers = {"X-Forwarded-For": client}
    request = make_mocked_request("GET", "/?q=x", headers=headers)
    limiter.admit(request.clone(remote="127.0.0.1"))


def refused(limiter: RateLimiter, client: str) -> RateLimited | None:
    try:
        ask(limiter, client)
    except RateLimited as error:
        return error
    return None


def test_a_burst_is_admitted_and_then_the_rate() -> None:
    clock = Clock()
    limiter = RateLimiter(2.0, PRIVATE, clock)
    assert [refused(limiter, "8.8.8.8") for _ in range(int(2.0 * BURST_S))] == [None] * 12
    error = refused(limiter, "8.8.8.8")
    assert error is not None
    assert retry_after(error) == "1"
    assert refused(limiter, "9.9.9.9") is None, "one client does not use up what another has"
    clock.now += 0.5
    assert refused(limiter, "8.8.8.8") is None
    assert refused(limiter, "8.8.8.8") is not None


def test_asking_while_refused_does_not_put_the_next_request_off() -> None:
    clock = Clock()
    limiter = RateLimiter(1.0, PRIVATE, clock)
    for _ in range(int(BURST_S)):
        ask(limiter, "8.8.8.8")
    for _ in range(9):
        clock.now += 0.1
        refused(limiter, "8.8.8.8")
    clock.now += 0.15
    assert refused(limiter, "8.8.8.8") is None


def test_no_rate_is_no_limit() -> None:
    limiter = RateLimiter(0.0, PRIVATE, Clock())
    for _ in range(1000):
        ask(limiter, "8.8.8.8")
    assert len(limiter) == 0


def test_memory_is_bounded_and_who_asks_most_is_not_forgotten() -> None:
    clock = Clock()
    limiter = RateLimiter(1.0, PRIVATE, clock)
    for number in range(MAX_CLIENTS + 500):
        limiter._take(f"client {number}")
        if number % 100 == 0:
            refused(limiter, "8.8.8.8")
    assert len(limiter) == MAX_CLIENTS
    assert refused(limiter, "8.8.8.8") is not None


@pytest.mark.parametrize("text", ["203.0.113.5/24", "nonsense", "10.0.0.0/99", "private, x"])
def test_an_invalid_network_is_rejected(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_trusted_proxies(text)
