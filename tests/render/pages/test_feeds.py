"""Feeds and the files for machines: well-formed, complete per their specifications, and stable."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from xml.etree import ElementTree as ET

import orjson
import pytest

from services.render.pages import feeds, machine_files
from services.render.pages.feeds import ATOM, CONTENT
from services.render.site.scope import Scope
from tests.render.sites import BASE_URL, OUTBOX, SITE, make_scope, many_sources

SNAPSHOTS = Path(__file__).parent / "snapshots"
A = f"{{{ATOM}}}"
OUTBOX_URL = f"{BASE_URL}/articles/transactional-outbox/"


def atom(scope: Scope) -> ET.Element:
    return ET.fromstring(  # noqa: S314 - our own bytes
        feeds.atom_feed(scope, scope.view.articles, title="Field Notes", path="/feed.xml", page="/")
    )


def rss(scope: Scope) -> ET.Element:
    channel = ET.fromstring(feeds.rss_feed(scope)).find("channel")  # noqa: S314 - our own bytes
    assert channel is not None
    return channel


def text(element: ET.Element, path: str) -> str:
    found = element.findtext(path)
    assert found is not None, path
    return found


def test_an_entry_in_another_language_says_so_and_which_way_it_runs() -> None:
    source = "---\ntitle: A\nsummary: B\npublished: 2026-01-01\nlanguage: ar\n---\n\nText.\n"
    entry = atom(make_scope({"a": source})).find(f"{A}entry")
    assert entry is not None
    assert entry.attrib == {"{http://www.w3.org/XML/1998/namespace}lang": "ar"}
    assert text(entry, f"{A}content").startswith('<div lang="ar" dir="rtl"><p>')


def test_the_feeds_are_as_they_were() -> None:
    scope = make_scope()
    made = {
        "feed.xml": feeds.atom_feed(scope, scope.view.articles, title="Field Notes", path="/feed.xml", page="/"),
        "rss.xml": feeds.rss_feed(scope),
        "feed.json": feeds.json_feed(scope),
        "sitemap.xml": machine_files.sitemaps(scope)["/sitemap.xml"](),
        "robots.txt": machine_files.robots(scope),
        "opensearch.xml": machine_files.opensearch(scope),
    }
    missing = [name for name in made if not (SNAPSHOTS / name).exists()]
    for name in missing:
        SNAPSHOTS.mkdir(exist_ok=True)
        (SNAPSHOTS / name).write_bytes(made[name])
    assert not missing, "these snapshots were missing and are written now: look at them and commit them"
    for name, body in made.items():
        kept = (SNAPSHOTS / name).read_text(encoding="utf-8")
        assert body.decode() == kept, f"delete {SNAPSHOTS.name}/{name} to accept the change"


def test_atom_has_what_rfc_4287_requires() -> None:
    feed = atom(make_scope())
    assert feed.tag == f"{A}feed"
    assert text(feed, f"{A}id") == f"{BASE_URL}/"
    assert text(feed, f"{A}updated") == "2026-03-01T00:00:00+00:00"
    assert {link.get("rel"): link.get("href") for link in feed.findall(f"{A}link")} == {
        "self": f"{BASE_URL}/feed.xml",
        "alternate": f"{BASE_URL}/",
    }
    entries = feed.findall(f"{A}entry")
    assert [text(entry, f"{A}title") for entry in entries] == [
        "Tail latency",
        "The Transactional Outbox Pattern",
        "Zero trust & mutual TLS: <script> has no place",
    ]
    for entry in entries:
        assert text(entry, f"{A}id").startswith(f"{BASE_URL}/articles/")
        assert datetime.fromisoformat(text(entry, f"{A}updated")).tzinfo == UTC
        assert text(entry, f"{A}summary")


def test_entries_hold_the_whole_article_with_absolute_addresses() -> None:
    scope = make_scope()
    entry = atom(scope).findall(f"{A}entry")[1]
    item = rss(scope).findall("item")[1]
    json_item = orjson.loads(feeds.json_feed(scope))["items"][1]
    contents = (text(entry, f"{A}content"), text(item, f"{{{CONTENT}}}encoded"), json_item["content_html"])
    for content in contents:
        assert f'href="{OUTBOX_URL}#the-relay"' in content
        assert f'href="{BASE_URL}/articles/tail-latency/"' in content
        assert 'href="/' not in content
        assert 'href="#' not in content
        assert 'class="anchor"' not in content
        assert "Events keep their order." in content
    assert len(set(contents)) == 1


def test_a_summary_with_angle_brackets_is_text_to_a_reader_of_rss() -> None:
    summary = "Why List<String> <img src=x onerror=alert(1)> lies"
    text = re.sub(r"^summary: .*$", f"summary: {summary}", OUTBOX, flags=re.MULTILINE)
    description = rss(make_scope({"articles/a.md": text})).findtext("item/description")
    assert description == "Why List&lt;String&gt; &lt;img src=x onerror=alert(1)&gt; lies"


def test_rss_has_what_its_specification_requires() -> None:
    channel = rss(make_scope())
    assert text(channel, "title") == "Field Notes"
    assert text(channel, "link") == f"{BASE_URL}/"
    assert text(channel, "description")
    for item in channel.findall("item"):
        assert text(item, "guid") == text(item, "link")
        assert parsedate_to_datetime(text(item, "pubDate")).tzinfo is not None


def test_the_json_feed_has_what_version_1_1_requires() -> None:
    feed = orjson.loads(feeds.json_feed(make_scope()))
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["feed_url"] == f"{BASE_URL}/feed.json"
    for item in feed["items"]:
        assert item["id"] == item["url"]
        datetime.fromisoformat(item["date_published"])


def test_characters_that_xml_cannot_hold_do_not_break_a_feed() -> None:
    scope = make_scope({"articles/odd.md": OUTBOX.replace("Two systems", "Two \x0bsystems\ufffe \U0001f600")})
    content = text(atom(scope), f"{A}entry/{A}content")
    assert "Two systems \U0001f600" in content


def test_a_title_that_xml_cannot_hold_breaks_no_document_that_names_the_site() -> None:
    scope = make_scope(site=replace(SITE, title="Field \x01Notes"))
    description = ET.fromstring(machine_files.opensearch(scope))  # noqa: S314 - our own bytes
    assert text(description, f"{{{machine_files.OPENSEARCH}}}LongName") == "Field Notes"
    assert text(rss(scope), "title") == "Field Notes"


def test_a_feed_without_articles_is_valid() -> None:
    feed = atom(make_scope({}))
    assert text(feed, f"{A}updated") == "1970-01-01T00:00:00+00:00"
    assert feed.findall(f"{A}entry") == []


def test_a_feed_holds_the_newest_articles_only() -> None:
    assert len(atom(make_scope(many_sources(60))).findall(f"{A}entry")) == feeds.MAX_ENTRIES


def locations(sitemap: bytes) -> list[str]:
    """The addresses in a sitemap or an index of some."""
    return [text(one, f"{{{machine_files.SITEMAP}}}loc") for one in ET.fromstring(sitemap)]  # noqa: S314 - our own bytes


def test_a_large_sitemap_is_an_index_of_files_within_the_limit() -> None:
    scope = make_scope()
    (make,) = machine_files.sitemaps(scope).values()
    everything = locations(make())
    most = len(everything) // 2
    index, *parts = machine_files.sitemaps(scope, most).items()
    assert (index[0], locations(index[1]())) == ("/sitemap.xml", [f"{BASE_URL}{path}" for path, _ in parts])
    found = [locations(make()) for _, make in parts]
    assert max(map(len, found)) <= most
    assert [url for part in found for url in part] == everything


def test_the_sitemap_names_every_page_once() -> None:
    (make,) = machine_files.sitemaps(make_scope()).values()
    urls = locations(make())
    assert len(set(urls)) == len(urls)
    assert {f"{BASE_URL}/", OUTBOX_URL, f"{BASE_URL}/about/", f"{BASE_URL}/tags/c%2B%2B/"} <= set(urls)
    assert not any("idea" in url or "future" in url for url in urls)


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Field Notes", "Field Notes"),
        ("A Junior Perspective", "Perspective"),
        ("The Queue and the Stream", "The Queue and"),
        ("Donaudampfschifffahrt", "Donaudampfschiff"),
    ],
)
def test_a_browser_lists_the_site_by_whole_words_of_its_title(title: str, name: str) -> None:
    assert machine_files.short_name(title) == name


def test_opensearch_keeps_within_its_limits_and_leads_to_search_and_suggestions() -> None:
    root = ET.fromstring(machine_files.opensearch(make_scope()))  # noqa: S314 - our own bytes
    namespace = f"{{{machine_files.OPENSEARCH}}}"
    assert len(text(root, f"{namespace}ShortName")) <= 16
    templates = {url.get("type"): url.get("template") for url in root.findall(f"{namespace}Url")}
    assert templates["text/html"] == f"{BASE_URL}/?q={{searchTerms}}"
    assert templates["application/x-suggestions+json"] == f"{BASE_URL}/opensearch/suggestions?q={{searchTerms}}"
