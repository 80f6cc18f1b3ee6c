"""The engine of an export in a browser: it reads queries, and finds, as the engine of the service does."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from services.exporting.compact import compact_files
from services.render.app import STATIC_DIR
from services.render.pages.templates import load_pages
from services.render.site.scope import Scope
from services.search.embedded import LocalEngine
from services.search.engine_whoosh.store.store import WhooshIndexStore
from services.search.text.tokens import tokenize
from shared.content.folder.loader import load_now
from shared.search.contract import SearchQuery
from shared.search.parameters import clean_text
from tests.browser.conftest import Visit
from tests.browser.folders import serving
from tests.render.sites import FILES

pytestmark = pytest.mark.browser

#: Texts with tokens of every shape; the browser must cut them as the service does.
TEXTS = (
    "getUserById in UserService.java",
    "C++ and C# or .NET",
    "x-request-id: 42",
    "k8s p95 rfc9110 16GiB",
    "cgroupv2 v1.2.3 TLSv1.3 OpenTLSv1.2Link",
    "don't stop the client's relay, I'd say they\u2019ve O'Reilly'll b'd'",
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


@contextmanager
def index_of(content: Path, folder: Path) -> Iterator[str]:
    """The address of the scripts as they are written, and the index of the articles in ``content``."""
    library = load_now(content, wants_html=False).require()
    scope = Scope(
        view=library.visible(datetime.now(UTC)), base_url="", files=FILES, max_query_chars=200, is_static=True
    )
    for name, body in compact_files(scope, load_pages(), content).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(body)
    (folder / "local-search").symlink_to(STATIC_DIR / "local-search")
    (folder / "favicon.ico").touch()
    (folder / "index.html").write_text("<!doctype html><title>Search</title>")
    with serving(folder) as address:
        yield address


@pytest.fixture(scope="module")
def own_index(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The index of the site's own articles."""
    with index_of(root / "content", tmp_path_factory.mktemp("own")) as address:
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
    *(
        "„transactional outbox“",
        "« outbox pattern » kafka",
        "»outbox pattern« -«dead letter»",
        "「outbox pattern」 \u2039kafka\u203a",
        "kafka «outbox pattern",
        "Articles \u203a Kafka » Outbox",
    ),
    '{"amount": 100, "currency": "EUR"}',
    'duplicate key value violates unique constraint "patients_email_key_2"',
    'kubectl get pods "api-7d9" is forbidden: exceeded quota',
    'java.lang.NullPointerException: Cannot invoke "String.length()" because "<local1>" is null',
    "panic: runtime error: invalid memory address or nil pointer dereference",
    "ORA-00060: deadlock detected while waiting for resource",
    "SQLITE_BUSY: database is locked",
    "ERROR: could not serialize access due to concurrent update",
    *(
        "Cannot find module 'left-pad'",
        "Error: Cannot find module 'lodash'",
        "Module not found: Can't resolve 'react-dom/client'",
        "npm ERR! peer dep missing: eslint-plugin-react@^7",
        "java.lang.NoClassDefFoundError: org/slf4j/LoggerFactory",
        "curl: (6) Could not resolve host: api.internal",
    ),
    'ERROR: column "created" of relation "orders" does not exist',
    *(
        "RuntimeWarning: coroutine 'main' was never awaited",
        "Elasticsearch: cluster_block_exception blocked by: [FORBIDDEN/12/index (api)]",
        'nginx: [emerg] unknown "proxy_pas" in /etc/nginx/conf.d/default.conf:12',
        "make: *** No rule to make target 'install'. Stop.",
        "Deadlock found when trying to get lock; try restarting transaction",
        "Your connection is not private NET::ERR_CERT_DATE_INVALID",
        "The connection to the server localhost:8080 was refused - did you specify the right host or port?",
        "x86_64-unknown-linux-gnu (Tier 2)",
        'duplicate key value violates unique constraint "patients_email_key"',
        "RabbitMQ: PRECONDITION_FAILED - inequivalent arg 'durable' for queue 'jobs'",
        'level=error msg="failed to fetch" err="unexpected status 403"',
        "kex_exchange_identification: Connection closed by remote host",
        "Minified React error #185",
    ),
    "Cloudflare error 1033: Argo Tunnel error, unable to resolve it",
    "io.github.resilience4j.bulkhead.BulkheadFullException: Bulkhead 'pricing' is full",
    'error: "dead letter" certificate failed: hospital',
    'rpc error: code = FAILED_PRECONDITION desc = "stale etag"',
    "OOMKilled",
    "KeyError",
    *(
        "ImagePullBackOff",
        "Log4Shell",
        "std::unique_ptr",
        "KafkaTemplate.send",
        "KafkaConsumerConfig",
        "MeshRouteTable",
    ),
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
    *("SOC 2", "PEP 8", "Angular 17", "10.0.0.0/16", "log4j2", "IPv9", "16 quux", "EC2", "SHA-256", "HTTP/2", "plan-B"),
    *(
        "transactional-outbx",
        "idempotent-consumrs",
        "dead-lettr queue",
        "dead-lettr.md",
        "--dead-lettr",
        "outbx, kafka",
    ),
    *("year:20", "year:2026", "year:soon kafka", "tag:", 'title:""', "outbox tag:kafk", "tag:!! kafka"),
    "x509: certificate has expired or is not yet valid: 2026-11-30T02:00:00Z is after 2026-11-29T02:00:00Z",
    "2026-11-30 02:00:00,123 ERROR [main] - could not serialize access due to concurrent update",
    "at org.springframework.web.servlet.DispatcherServlet.init(DispatcherServlet.java:1067)",
    *("mvn -q -DskipTests package", "2026-11-30", "outbox at 10:30"),
    *("https://blog.example/articles/p95-latency/#fan-out", "content/articles/resilience/index.md", "/etc/passwd"),
    *("PostgreSQL v18", "v18", "postgresql18", "Python v3.11", "python3.11", "TLSv1.3"),
    *("im burned out", "I'd like an outbox", "they'll retry", "whats an outbox", "id", "don't retry"),
    *("haemoglobin", "canceled", "git log -p -S outbox", "outbox -k", "tail -f log"),
    *("analysed", "initialised", "exponetial backoff"),
    *("OUTBX", "KUBERENTES limits", "OPENAI", "TRANSACTIONAL OUTBX PATTERN"),
    *("saml", "redis cluster", "outbx patern", "teh outbox", "kubelt", "outbx -kafka", "advise", "latncy"),
    "This is the design after my review against the six pillars, which found the first draft without spread",
    "Logical decoding reads the same log.",
    "From these rules, everything else can be computed:",
    "payee TEXT NOT NULL CHECK (payee <> payer),",
    *(
        "**outbox** pattern",
        "outbox_relay* f;",
        "kube* limits",
        "/* outbox */",
        "char* outbox = 0;",
        "tag:kubernetes -limits",
    ),
    *('relay = "outbox"', 'print("outbox kafka")', '"outbox": true', "outbox on 02/14/2026", "14.02.2026"),
    *("&quot;outbox&quot; pattern", "outbox&nbsp;pattern", "Kafka &amp; PostgreSQL", "&#39;outbox&#39;", "&amp;"),
    *(
        "--max-old-space-size=4096",
        "-Djava.net.preferIPv4Stack=true",
        "--from-literal",
        "max_wal_senders=10",
        'key="value"',
    ),
    *(
        "-XX:MaxRAMPercentage=75.0",
        "outbox%20pattern",
        "LIKE%20'100%25'",
        "%FF%20outbox",
        "kafka ^ -(outbox & 1)",
        "HTTP Error 502.3 - Bad Gateway",
        "deadlock detected DETAIL: Process 9 waits for it",
    ),
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
    found = engine.search(SearchQuery(clean_text(text, keep_end=partial), partial=partial))
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


def test_another_form_of_a_word_is_offered_first_where_the_service_corrects_to_it(
    visit: Visit, own_index: str, own_engine: LocalEngine
) -> None:
    """The browser does not know whether the word exists that was typed, so it replaces nothing."""
    page = visit("/", base=own_index).page
    page.evaluate(LOAD, own_index)
    meant = {"rate limting": "rate limiting", "limting": "limiting", "limitng": "limiting"}
    found = page.evaluate("(texts) => answers(texts, false)", list(meant))
    assert [(correction, offers[0]) for _, correction, *_, offers in found] == [(None, text) for text in meant.values()]
    assert [told_by(own_engine, text, partial=False)[1] for text in meant] == list(meant.values())


def test_corrections_have_the_accents_of_articles_and_are_only_offered_in_other_languages(
    visit: Visit, tmp_path: Path
) -> None:
    content = tmp_path / "content"
    (content / "articles").mkdir(parents=True)
    head = "title: Werkzeuge\nsummary: Was sie tun.\npublished: 2026-01-01\nlanguage: de\ntags: [tools]"
    text = "Die Überwachung misst die Größe. ÜBERWACHUNG von Schlüsseln."
    (content / "articles" / "tools.md").write_text(f"---\n{head}\n---\n\n{text}\n")
    with index_of(content, tmp_path / "index") as address:
        page = visit("/", base=address).page
        page.evaluate(LOAD, address)
        found = page.evaluate("(texts) => answers(texts, false)", ["Überwachnug misst", "die Gröse", "schlüselln"])

    assert [(correction, offers[0]) for _, correction, *_, offers in found] == [
        (None, "überwachung misst"),
        (None, "die größe"),
        (None, "schlüsseln"),
    ]


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


def test_word_that_is_typed_whole_ranks_as_in_the_service(
    visit: Visit, own_index: str, own_engine: LocalEngine
) -> None:
    typed = ["RTO", "poll", "sync", "stack", "fetch", "io", "cgroup", "the RTO", "error 10", "her", "cpu.max"]
    page = visit("/", base=own_index).page
    page.evaluate(LOAD, own_index)
    found = [(told[0], told[4]) for told in page.evaluate("(texts) => answers(texts, true)", typed)]
    told = [told_by(own_engine, text, partial=True) for text in typed]
    assert found == [(one[0], one[4]) for one in told]


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
