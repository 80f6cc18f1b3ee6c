"""Content negotiation: the encoding of a prepared answer, and whether to send Markdown. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

_Q = re.compile(r"q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$", re.IGNORECASE)


@lru_cache(maxsize=256)
def choose_encoding(accept_encoding: str, available: Sequence[str]) -> str:
    """The content coding to send (RFC 9110, 12.5.3): the highest weight wins, then the order of ``available``.

    "identity" if nothing else is acceptable, even if it is refused too: an answer that can be read beats a 406.
    Browsers send a handful of different headers, so the parsed answers are kept.
    """
    weights = dict(_parse_codings(accept_encoding))
    anything = weights.get("*", 0.0)
    candidates = [(weights.get(coding, anything), -rank, coding) for rank, coding in enumerate(available)]
    weight, _, best = max(candidates, default=(0.0, 0, "identity"))
    return best if weight > 0.0 and weight >= weights.get("identity", 0.0) else "identity"


@lru_cache(maxsize=256)
def prefers_markdown(accept: str) -> bool:
    """Whether a client wants text/markdown rather than HTML (RFC 9110, 12.5.1).

    Browsers do not name it; programs that read for people do, often with HTML of the same weight behind it. A client
    that does not name it gets it if it refuses HTML.
    """
    weights = dict(_parse_media_range(item) for item in accept.split(","))
    markdown, html = _weight(weights, "text/markdown"), _weight(weights, "text/html")
    return markdown > 0.0 and (markdown >= html if "text/markdown" in weights else html == 0.0)


def _weight(weights: Mapping[str, float], media_type: str) -> float:
    """The weight of ``media_type``: that of the most specific range."""
    return next((weights[name] for name in (media_type, "text/*", "*/*") if name in weights), 0.0)


def _parse_media_range(item: str) -> tuple[str, float]:
    """A media type or range and its weight. Other parameters (charset, variant) select nothing here."""
    name, *parameters = (part.strip().lower() for part in item.split(";"))
    weight = next((one for one in parameters if one.startswith("q=")), None)
    if weight is None:
        return name, 1.0
    match = _Q.match(weight)
    return name, float(match[1]) if match else 0.0


def _parse_codings(accept_encoding: str) -> list[tuple[str, float]]:
    codings = []
    for item in accept_encoding.split(","):
        name, *parameters = (part.strip().lower() for part in item.split(";"))
        matches = [match for parameter in parameters if (match := _Q.match(parameter))]
        # A weight that cannot be parsed counts as a refusal.
        weight = 0.0 if len(matches) < len(parameters) else float(matches[0][1]) if matches else 1.0
        if name:
            codings.append((name.replace("x-gzip", "gzip"), weight))
    return codings
