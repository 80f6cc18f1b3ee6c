"""The exported site in a browser: its search has no service behind it, and shows what the service shows."""

from __future__ import annotations

import threading
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from services.exporting.compact import compact_files
from services.exporting.static import StaticExport, export_site
from services.render.app import STATIC_DIR
from services.render.pages.templates import load_pages
from services.render.site.scope import Scope
from services.search.embedded import LocalEngine
from services.search.engine_whoosh.store.store import WhooshIndexStore
from services.search.text.tokens import tokenize
from shared.content.folder.loader import load_now
from shared.search.contract import SearchQuery
from shared.web.security import PAGE_POLICY
from shared.web.settings import Settings
from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor
from tests.browser.writing import copy_site
from tests.render.sites import FILES

pytestmark = pytest.mark.browser

#: The tree of the results as values: names, attributes in order of their names, texts without runs of white space.
TREE = """() => {
  const tree = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return node.data.replace(/\\s+/g, " ");
    const attributes = [...node.attributes].map(({ name, value }) => `${name}=${value}`).sort();
    const inner = [...node.childNodes].map(tree);
    // White space at the ends of an element is not seen.
    if (typeof inner[0] === "string") inner[0] = inner[0].trimStart();
    if (typeof inner.at(-1) === "string") inner.push(inner.pop().trimEnd());
    return [node.localName, attributes, inner.filter((one) => typeof one !== "string" || one.trim())];
  };
  const output = document.querySelector("[data-search-results]");
  output.querySelector(".search-limits")?.remove();
  return [...output.children].map(tree);
}"""
#: Queries with everything that results can show.
SHOWN = (
    "q=lighthouse",
    "q=lighthouse+relay&tag=messaging",
    "q=lighthouse&sort=oldest&page=2",
    "q=lighthuose",
    "q=%22reads+the+outbox%22",
    "q=relay+-crash",
    "q=crash+twice+zzzzz",
    "q=lightho*",
    "q=title%3Alighthouse+keeper",
    "q=tag%3Akubernetes+relay",
    "tag=security&year=2020",
    "q=qqqqqqqq",
    "q=SomeError%3A+cannot+crash+the+zzzzz+of+(yyyyy)",
)


class Files(SimpleHTTPRequestHandler):
    """Sends files with the policy that the rule files of the export ask for."""

    def end_headers(self) -> None:
        """Add the policy."""
        self.send_header("Content-Security-Policy", PAGE_POLICY)
        super().end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """A server of the files in ``folder``; the value is its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Files, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def static_address(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The export of the site that ``address`` runs, below a path."""
    folder = tmp_path_factory.mktemp("export")
    content = copy_site(site, folder / "content")
    settings = Settings.model_validate({"content_dir": content, "base_url": "https://example.org/notes"})
    # In a thread: Playwright's event loop turns in this one.
    with ThreadPoolExecutor(1) as pool:
        pool.submit(export_site, StaticExport(folder / "root" / "notes", settings)).result()
    with serving(folder / "root") as address:
        yield f"{address}/notes"


@pytest.fixture
def reader(visit: Visit, static_address: str) -> Visitor:
    """A visitor of the exported front page."""
    return visit("/", base=static_address)


def settled(visitor: Visitor, address: str) -> Any:
    """The results at ``address`` as a tree."""
    visitor.open(f"/?{address}")
    visitor.page.wait_for_selector("[data-search-results] :is(.result-count, .no-results)")
    return visitor.page.evaluate(TREE)


def below(tree: Any) -> Any:
    """``tree`` with its addresses below the path of the export."""
    if isinstance(tree, str):
        return tree.replace("href=/", "href=/notes/") if tree.startswith("href=/") else tree
    return [below(one) for one in tree]


def test_results_are_the_same_nodes_that_the_service_makes(visit: Visit, reader: Visitor) -> None:
    service = visit("/")
    pairs = {address: (settled(reader, address), below(settled(service, address))) for address in SHOWN}
    assert {address: pair for address, pair in pairs.items() if pair[0] != pair[1]} == {}


def test_results_appear_while_typing_and_filters_narrow_them(reader: Visitor) -> None:
    reader.type("lighth")
    assert len(reader.titles()) == 10
    expect(reader.page.locator(".search-limits")).to_contain_text("searches in your browser")
    reader.page.locator(".facet summary", has_text="Tags").click()
    reader.page.locator(".facets a", has_text="kubernetes").first.click()
    expect(reader.page.locator(".filter")).to_contain_text("kubernetes")
    reader.page.go_back()
    expect(reader.page.locator(".filter")).to_have_count(0)


def test_enter_and_arrows_lead_to_sections(reader: Visitor) -> None:
    reader.page.keyboard.press("/")
    reader.type("idempotent")
    expect(reader.page.locator("[data-best]")).to_have_count(1)
    reader.page.keyboard.press("ArrowDown")
    reader.page.keyboard.press("ArrowUp")
    reader.page.keyboard.press("Enter")
    reader.page.wait_for_url("**/notes/articles/lighthouse-*/#what-can-fail*")
    reader.page.keyboard.press("Control+K")
    reader.page.locator("#dialog-q").press_sequentially("relay")
    expect(reader.page.locator("#search-dialog .hit").first).to_be_visible()
    expect(reader.page.locator("#search-dialog .search-limits")).to_be_hidden()


def test_wrong_parameter_is_reported_and_nothing_breaks(reader: Visitor) -> None:
    reader.open("/?q=relay&page=0")
    expect(reader.page.locator("[data-search-results] .notice")).to_contain_text('page is "0": it takes')


def test_without_scripts_the_box_explains_what_it_needs(visit: Visit, static_address: str) -> None:
    for path in ("/?q=relay", "/404.html"):
        plain = visit(path, base=static_address, java_script_enabled=False)
        expect(plain.page.locator(".search .notice")).to_contain_text("needs JavaScript")
        assert plain.page.locator(".search .notice a").first.get_attribute("href") == "/notes/archive/"


def test_old_address_and_pages_of_the_listing_are_files(visit: Visit, static_address: str) -> None:
    visitor = visit("/page/2/", base=static_address)
    expect(visitor.page.locator(".pager [aria-current]").first).to_have_text("2")


#: Texts with tokens of every shape; the browser must cut them as the service does.
TEXTS = (
    "getUserById in UserService.java",
    "C++ and C# or .NET",
    "x-request-id: 42",
    "k8s p95 rfc9110 16GiB",
    "cgroupv2 v1.2.3",
    "don't stop the client's relay",
    "caf\u00e9 Gr\u00f6\u00dfe \u00c6r\u00f8",
    "@Transactional --dry-run -rf /etc/passwd",
    "\u6771\u4eac hello",
    "std::vector<int> a->b",
    "HTTPServer gRPC mTLS IoT SVIDs GPUs PCIe",
    "e-mail web-hook user_id",
    "kube-system/coredns:53",
    "https://example.org/a?b=c",
    "192.168.0.1 0.5 1e6",
    "UTF-8 \uff26\uff35\uff2c\uff2c",
    "\u041f\u0440\u0438\u0432\u0435\u0442 \u043c\u0438\u0440",
    "CPUs/DLQs $HOME",
    "99,9 % of 1,5GB, 1.299,95 and $9,99 but f(1,2) [1,2] 1,2,3",
)
LOAD = """async (base) => {
  const [{ Index }, { answer }, { tokenize }] = await Promise.all(
    ["index", "engine", "tokens"].map((name) => import(`${base}/local-search/${name}.js`)));
  const index = new Index(async (name) => (await fetch(`${base}/search-index/${name}`)).arrayBuffer());
  globalThis.tokens = (text) => tokenize(text).map((one) => [one.surface, one.start, one.end, one.width]);
  globalThis.answers = async (texts, isPartial) => {
    const found = [];
    for (const text of texts) {
      const told = await answer(index, new URLSearchParams({ q: text }), isPartial);
      const readings = told.readings.map(({ kind, typed }) => [kind, typed]);
      const [first = null] = told.hits.map(({ url }) => url.split("/").at(-2));
      const missing = [...told.missing].sort();
      found.push([told.total, told.correction, readings, missing, first, told.near.length, told.offers]);
    }
    return found;
  };
  globalThis.firsts = async (texts) => {
    const found = [];
    for (const text of texts) {
      const { hits } = await answer(index, new URLSearchParams({ q: text }), false);
      found.push(hits.map(({ url, sections }) => [url, sections[0]?.anchor ?? ""]));
    }
    return found;
  };
}"""


@pytest.fixture(scope="module")
def own_index(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The scripts as they are written, and the index of the site's own articles."""
    folder = tmp_path_factory.mktemp("own")
    library = load_now(root / "content", wants_html=False).require()
    scope = Scope(
        view=library.visible(datetime.now(UTC)), base_url="", files=FILES, max_query_chars=200, is_static=True
    )
    for name, body in compact_files(scope, load_pages(), root / "content").items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(body)
    (folder / "local-search").symlink_to(STATIC_DIR / "local-search")
    (folder / "favicon.ico").touch()
    (folder / "index.html").write_text("<!doctype html><title>Search</title>")
    with serving(folder) as address:
        yield address


#: What is pasted, spelt in two ways, or half a quotation: the browser must read it as the service does.
READ = (
    "docker run --rm -it -v $(pwd):/app -w /app node:20 npm test",
    "find . -name outbox -exec grep kafka {} +",
    "Get-Process -Name java",
    "$env:PATH -split kafka",
    "java -jar app.jar -Xmx512m",
    "kafka -outbox",
    "BigDecimal amount -> Money",
    "->",
    "1' OR '1'='1",
    "SELECT * FROM orders WHERE id = 1 OR id = 2",
    "kafka OR outbox",
    '{"amount": 100, "currency": "EUR"}',
    'duplicate key value violates unique constraint "patients_email_key_2"',
    'kubectl get pods "api-7d9" is forbidden: exceeded quota',
    'java.lang.NullPointerException: Cannot invoke "String.length()" because "<local1>" is null',
    "panic: runtime error: invalid memory address or nil pointer dereference",
    "ORA-00060: deadlock detected while waiting for resource",
    "SQLITE_BUSY: database is locked",
    "ERROR: could not serialize access due to concurrent update",
    "OOMKilled",
    "KeyError",
    "CVE-2021-44228",
    "PEP-8",
    "v1.2.3-rc.1",
    "java-21",
    "P-95",
    "time out",
    "time-out",
    "failover",
    "burn out",
    "file-system",
    '"outbox saga kafka"',
    '"outbox saga kafka',
    '"outbox zebra"',
    '"outbox pattern',
    "List<Foo>",
    "whilst waiting",
    "organisation",
    "indices",
    "kubernetse",
    "99,9 % uptime",
    "nodejs",
    "node js",
    "k8s limits",
    "kubernetes limits",
    "draught",
    "grey failure",
    "Go 1",
    *("saml", "redis cluster", "outbx patern", "teh outbox", "kubelt", "outbx -kafka", "advise", "latncy"),
    *("accent", "accents", "labour", "patern", "tracng", "tar", "relai", "wich outbox", "spann"),
)


@pytest.fixture(scope="module")
def own_engine(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalEngine]:
    """The engine of the service on the same articles."""
    store = WhooshIndexStore(tmp_path_factory.mktemp("index"), root / "content" / "synonyms.toml")
    store.sync(load_now(root / "content").require().visible(datetime.now(UTC)).articles)
    engine = store.open()
    yield engine
    engine.close()


def told_by(engine: LocalEngine, text: str, *, partial: bool) -> list[Any]:
    """What the service says of a text, as the browser says it."""
    found = engine.search(SearchQuery(text, partial=partial))
    readings = [[one.kind, one.typed] for one in found.readings]
    correction = found.correction.text if found.correction else None
    first = found.hits[0].slug if found.hits else None
    return [found.total, correction, readings, sorted(found.missing), first, len(found.near), list(found.offers)]


def test_what_is_pasted_or_spelt_in_two_ways_is_read_as_the_service_reads_it(
    visit: Visit, own_index: str, own_engine: LocalEngine
) -> None:
    page = visit("/", base=own_index).page
    page.evaluate(LOAD, own_index)
    found = page.evaluate("(texts) => answers(texts, false)", list(READ))
    told = [told_by(own_engine, text, partial=False) for text in READ]
    assert {text: pair for text, *pair in zip(READ, found, told, strict=True) if pair[0] != pair[1]} == {}


def test_title_stands_first_from_letter_to_letter_as_in_the_service(
    visit: Visit, own_index: str, own_engine: LocalEngine, root: Path
) -> None:
    titles = [one.title for one in load_now(root / "content").require().articles]
    begun = [title[:length] for title in titles for length in (5, 9, 14) if not title[length - 1].isspace()]
    page = visit("/", base=own_index).page
    page.evaluate(LOAD, own_index)
    found = [told[4] for told in page.evaluate("(texts) => answers(texts, true)", begun)]
    told = [told_by(own_engine, text, partial=True)[4] for text in begun]
    assert {text: pair for text, *pair in zip(begun, found, told, strict=True) if pair[0] != pair[1]} == {}


def test_judged_queries_find_their_answers_as_the_service_finds_them(visit: Visit, own_index: str, root: Path) -> None:
    """docs/exporting.md has the share of first sections that are the same: there the service answers beside it."""
    queries = tomllib.loads((root / "content" / "relevance.toml").read_text("utf-8"))["queries"]
    page = visit("/", base=own_index).page
    page.evaluate(LOAD, own_index)
    for text in TEXTS:
        tokens = [[one.surface, one.start, one.end, one.width] for one in tokenize(text)]
        assert page.evaluate("(text) => tokens(text)", text) == tokens, text
    found = page.evaluate("(texts) => firsts(texts)", [query["text"] for query in queries])
    ranks = []
    for query, hits in zip(queries, found, strict=True):
        wanted = {slug.partition("#")[0] for slug, grade in query.get("relevant", {}).items() if grade > 1}
        if wanted:
            slugs = [url.rstrip("/").rpartition("/")[2] for url, _ in hits]
            ranks.append(next((1 / place for place, slug in enumerate(slugs, 1) if slug in wanted), 0.0))
    assert len(ranks) > 300
    assert sum(ranks) / len(ranks) > 0.97
