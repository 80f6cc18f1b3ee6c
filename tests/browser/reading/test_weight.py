"""What pages and the first search weigh, as sent."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Request

from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser


#: Bytes as sent: heads and compressed bodies, fonts included, pictures not.
PAGE_BYTES = 75_000


#: What the first search adds to it.
SEARCH_BYTES = 14_000


SCRIPT_BYTES = 12_000


STYLE_BYTES = 12_000


ARTICLE = "/articles/every-feature/"


@dataclass(frozen=True, slots=True)
class Loaded:
    """One answer that a page loaded: what it is, and its compressed body and its head in bytes."""

    kind: str
    body: int
    head: int


def _finished(visitor: Visitor) -> list[Request]:
    """The requests that finish from now on, as they do."""
    requests: list[Request] = []

    def note(request: Request) -> None:
        requests.append(request)

    visitor.page.on("requestfinished", note)
    return requests


def _everything_loaded(visitor: Visitor, path: str) -> list[Loaded]:
    requests = _finished(visitor)
    visitor.open(path)
    visitor.page.wait_for_load_state("networkidle")
    loaded: list[Loaded] = []
    for request in requests:
        sizes = request.sizes()
        loaded.append(Loaded(_kind(request), sizes["responseBodySize"], sizes["responseHeadersSize"]))
    return loaded


def _kind(request: Request) -> str:
    return "image" if request.url.endswith((".svg", ".ico", ".png")) else request.resource_type


@pytest.mark.parametrize("path", ["/", "/articles/transactional-outbox/", "/articles/hospital-information-system/"])
def test_a_page_stays_within_its_weight(visit: Visit, lonely_address: str, path: str) -> None:
    loaded = _everything_loaded(visit(None, base=lonely_address), path)

    assert {one.kind for one in loaded} >= {"document", "stylesheet", "script", "font"}
    assert sum(one.body for one in loaded if one.kind == "stylesheet") < STYLE_BYTES
    assert sum(one.body for one in loaded if one.kind == "script") < SCRIPT_BYTES
    assert sum(one.body + one.head for one in loaded if one.kind != "image") < PAGE_BYTES


def test_the_first_search_stays_within_its_weight_and_loads_no_font(visit: Visit) -> None:
    visitor = visit(ARTICLE)
    visitor.page.wait_for_load_state("networkidle")
    requests = _finished(visitor)

    visitor.page.keyboard.press("/")
    visitor.page.keyboard.insert_text("lighthouse")
    visitor.page.wait_for_selector("dialog [aria-busy=false] .hit")
    visitor.page.wait_for_load_state("networkidle")

    # A busy browser loads the icon of the page only now.
    requests = [one for one in requests if _kind(one) != "image"]
    sizes = [one.sizes() for one in requests]
    assert {_kind(one) for one in requests} == {"script", "stylesheet", "fetch"}
    assert sum(one["responseBodySize"] + one["responseHeadersSize"] for one in sizes) < SEARCH_BYTES


def test_all_scripts_together_stay_within_their_weight(visit: Visit) -> None:
    visitor = visit(None)
    scripts: list[Request] = []
    visitor.page.on("requestfinished", lambda request: scripts.append(request) if ".js" in request.url else None)

    visitor.open("/?q=lighthouse")

    assert {"early", "site", "search"} <= {Path(urlsplit(one.url).path).name.split(".")[0] for one in scripts}
    assert sum(one.sizes()["responseBodySize"] for one in scripts) < SCRIPT_BYTES
