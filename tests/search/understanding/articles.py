"""The articles of a small site, for tests of understanding and of spellings."""

from __future__ import annotations

from dataclasses import replace

from services.search.embedded import LocalEngine
from shared.content.article import Article, Block, Body, Section
from shared.search.contract import SearchQuery
from tests.search_service.articles import make_article

SITE = (
    make_article(
        "java",
        "Running Java",
        text="Start it with java -Xmx512m -jar app.jar, and docker run -p 8080:80 -it image; tar -xzf unpacks.",
    ),
    make_article("plain", "A jar of things", text="Start the image with a jar. It runs java in docker."),
    make_article("grants", "Grants", text="The server says permission denied for table invoices. Ask the owner."),
    make_article("orders", "Orders", text="We keep orders, and the orders of a customer."),
    make_article(
        "numbers", "Numbers", text="RFC 9110 and Python 3.12, TLS 1.3, 16 GiB, 300 ms, OAuth2, TLSv1.2, $1,299.95."
    ),
    make_article("names", "Names", text="Bjørn, Michał and Þóra wrote an e-mail about the B-tree, GPUs and VMs."),
    make_article("british", "Utilisation", text="The utilisation of colour; we serialise behaviour and pay by cheque."),
    make_article("american", "Utilization", text="The utilization of color; we serialize behavior and check it."),
    make_article("sets", "Sets of pods", text="A StatefulSet keeps names."),
    make_article(
        "spaces", "Spaces", text="Set up the load balancer; p 99 and IP v4 of the Node.js app. On time, out of mind."
    ),
    make_article("joined", "Joined", text="The timeout of a P95; mTLS'd links, RBACed users, SSHing, OSes and IPv6s."),
    make_article("apart", "Apart", text="The name space of the file system, as pods and a probe say."),
    make_article("hyphen", "Hyphen", text="A name-space fails over PEP 20 and Java 21, UTF-16 apart."),
    make_article("closed", "Closed", text="One namespace, and one filesystem in UTF8, with 30 indexes."),
    make_article(
        "platforms", "Platforms", text="We left .NET and C# for C++. Vue.js stays; so does i18n, at 99,9 percent."
    ),
    make_article("setting", "Setting the table", text="Setting and setting again, stateful or not."),
)


def make_code(slug: str, code: str, text: str = "A sample.") -> Article:
    """An article with ``text`` and a block of ``code``."""
    blocks = (Block("prose", text), Block("code", code))
    return replace(make_article(slug, text=text), text=Body(sections=(Section("", "", 1, blocks),)), digest=code)


def slugs(engine: LocalEngine, typed: str) -> list[str]:
    return [hit.slug for hit in engine.search(SearchQuery(typed)).hits]
