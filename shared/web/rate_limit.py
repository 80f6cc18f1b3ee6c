"""A request rate for each client: a token bucket each, in bounded memory.

A client is an IPv4 address, or the /64 of an IPv6 address, because one subscriber has all of that network. Behind a
proxy it is the address in ``X-Forwarded-For``, if the proxy is trusted. A client that cannot be told from others (a
private address of an unknown proxy) is not limited, because all readers would share the limit.
"""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from math import ceil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiohttp import web

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

#: The seconds of requests that a client may send at once: a reader who types fast, and then reads.
BURST_S = 6.0
#: Clients to remember. One that is forgotten starts with a full bucket.
MAX_CLIENTS = 20_000
#: The prefix of an IPv6 address that stands for one subscriber (RFC 6177).
IPV6_PREFIX = 64
#: The length of the prefix ::ffff:0:0, which maps IPv4 addresses into IPv6.
_MAPPED_PREFIX = 96
#: Entries of X-Forwarded-For to read, from the right. No chain of proxies is longer.
MAX_HOPS = 16
#: The keyword for networks that are not routed on the internet: RFC 1122, 1918, 3927, 4193, 4291, 6598.
PRIVATE = "private"
_PRIVATE_NETWORKS: tuple[Network, ...] = tuple(
    ipaddress.ip_network(network)
    for network in (
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "::1/128",
        "fc00::/7",
        "fe80::/10",
    )
)


class RateLimited(Exception):
    """The client sent too many requests; ``retry_after_s`` is the time until the next one is admitted."""

    def __init__(self, retry_after_s: float) -> None:
        super().__init__("too many requests from this address")
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True)
class TrustedProxies:
    """The networks whose ``X-Forwarded-For`` is trusted."""

    networks: tuple[Network, ...] = ()

    def __contains__(self, address: Address) -> bool:
        return any(address.version == network.version and address in network for network in self.networks)


def parse_trusted_proxies(text: str) -> TrustedProxies:
    """The proxies in a list with commas: ``private``, networks such as 203.0.113.0/24. Raises ValueError."""
    networks: list[Network] = []
    for name in (name.strip() for name in text.split(",") if name.strip()):
        networks += _PRIVATE_NETWORKS if name.lower() == PRIVATE else [_unmapped(ipaddress.ip_network(name))]
    return TrustedProxies(tuple(networks))


def _unmapped(network: Network) -> Network:
    """The IPv4 network in ``network`` if it is mapped into IPv6 (RFC 4291), as addresses are."""
    if isinstance(network, ipaddress.IPv6Network) and network.prefixlen >= _MAPPED_PREFIX:
        mapped = network.network_address.ipv4_mapped
        if mapped is not None:
            return ipaddress.ip_network((mapped, network.prefixlen - _MAPPED_PREFIX))
    return network


@lru_cache(maxsize=4096)
def _parse_address(text: str) -> Address | None:
    """The address in one entry of X-Forwarded-For: with or without port and brackets; ``None`` for anything else."""
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def client_of(peer: str | None, forwarded_for: str, trusted: TrustedProxies) -> str | None:
    """Return the key of the client behind ``peer``; ``None`` if it cannot be identified.

    The client is the rightmost address of X-Forwarded-For that is not a trusted proxy: the client itself may have
    written anything to the left of it.
    """
    address = _parse_address(peer or "")
    hops = forwarded_for.split(",")[-MAX_HOPS:] if forwarded_for else []
    while address is not None and address in trusted:
        if not hops:
            return None
        address = _parse_address(hops.pop())
    if address is None:
        return None
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, IPV6_PREFIX), strict=False))
    return str(address)


def client_of_request(request: web.BaseRequest, trusted: TrustedProxies) -> str | None:
    """Return the key of the client that sent ``request``; ``None`` if it cannot be identified."""
    forwarded_for = ",".join(request.headers.getall("X-Forwarded-For", []))
    return client_of(request.remote, forwarded_for, trusted)


class RateLimiter:
    """Token buckets of ``per_second`` requests with a burst of BURST_S seconds. Used from one event loop.

    ``clock`` is monotonic, in seconds. With 0 requests per second there is no limit.
    """

    def __init__(self, per_second: float, trusted: TrustedProxies, clock: Callable[[], float]) -> None:
        self._per_second = per_second
        self._burst = max(1.0, per_second * BURST_S)
        self._trusted = trusted
        self._clock = clock
        # client → (tokens, time of the count), least recently seen first
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self.on_refusal: Callable[[], None] = lambda: None

    def __len__(self) -> int:
        return len(self._buckets)

    def admit(self, request: web.BaseRequest) -> None:
        """Count one request of its client. Raises RateLimited."""
        if self._per_second <= 0:
            return
        client = client_of_request(request, self._trusted)
        if client is not None:
            self._take(client)

    def _take(self, client: str) -> None:
        now = self._clock()
        tokens, counted_at = self._buckets.pop(client, (self._burst, now))
        tokens = min(self._burst, tokens + (now - counted_at) * self._per_second)
        is_admitted = tokens >= 1.0
        self._buckets[client] = (tokens - 1.0 if is_admitted else tokens, now)
        if len(self._buckets) > MAX_CLIENTS:
            self._buckets.popitem(last=False)
        if not is_admitted:
            self.on_refusal()
            raise RateLimited((1.0 - tokens) / self._per_second)


def retry_after(error: RateLimited) -> str:
    """The value of Retry-After, in whole seconds."""
    return str(max(1, ceil(error.retry_after_s)))
