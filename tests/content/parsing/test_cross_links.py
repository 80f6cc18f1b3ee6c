"""Links between the pages of a site: which are found in Markdown, and what articles are called by others."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import pytest

from shared.content.article import Article, LinkText
from shared.content.parsing.cross_links import (
    MAX_LINKS,
    MAX_TEXTS,
    SiteLink,
    find_site_links,
    own_addresses,
    with_link_texts,
)
from tests.content.articles import article, page


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("See [the relay](../outbox/index.md#lane).", ("articles/outbox/index.md", "lane", "the relay")),
        ("[The *whole* `Pod`s](/articles/pods/)", ("/articles/pods", "", "The whole Pods")),
        ('[Pods](/articles/pods/#a%20b "A title")', ("/articles/pods", "a b", "Pods")),
        ("[over\ntwo lines](<pod s.md>)", ("articles/here/pod s.md", "", "over two lines")),
        ("[![A kiln](kiln.png)](/articles/kiln/)", ("/articles/kiln", "", "A kiln")),
        ("[brackets [inside] it](/articles/kiln/)", ("/articles/kiln", "", "brackets [inside] it")),
        ("[Q&amp;A for a_name](/articles/kiln/)", ("/articles/kiln", "", "Q&A for a_name")),
        ("[the lane][Lane]\n\n[lane]: /articles/lane/#x", ("/articles/lane", "x", "the lane")),
        ("[lane][]\n\n[Lane]: </articles/lane/>", ("/articles/lane", "", "lane")),
        ("[lane] alone\n\n[lane]: ../lane/index.md", ("articles/lane/index.md", "", "lane")),
        ('<a class="x" href="/articles/z/#y">the <em>zed</em></a>', ("/articles/z", "y", "the zed")),
        ("~~~\n[a](/articles/code/)\n~~~\n[b](/articles/text/)", ("/articles/text", "", "b")),
    ],
)
def test_a_link_to_another_page_is_found_with_its_text(body: str, found: tuple[str, str, str]) -> None:
    assert find_site_links(body, "articles/here/index.md") == (SiteLink(*found),)


@pytest.mark.parametrize(
    "body",
    [
        "Plain text.",
        "[elsewhere](https://example.com/a.md) and [mail](mailto:a@example.com) and [there](//example.com/)",
        "[a section of this page](#lane)",
        "[a file](kiln.png)",
        "![a picture](/articles/kiln/kiln.png)",
        "\\[no link](/articles/kiln/)",
        "[ ](/articles/kiln/)",
        "[...](/articles/kiln/)",
        f"[{'word ' * 13}](/articles/kiln/)",
        f"[{'w' * 121}](/articles/kiln/)",
        "```markdown\n[a](/articles/kiln/)\n```",
        "[a](../../../outside.md)",
        "[unclosed](/articles/kiln/",
        "](/articles/kiln/)",
    ],
)
def test_links_to_no_other_page_are_ignored(body: str) -> None:
    assert find_site_links(body, "articles/here/index.md") == ()


@pytest.mark.parametrize(
    "body",
    [
        "[" * 100_000 + "](/a)",
        "[](" * 50_000,
        "<a " * 50_000,
        "[a" * 50_000 + "]: /x\n",
        "\n```x" * 30_001,
        "](" * 60_000,
    ],
    ids=["open", "empty", "elements", "definitions", "fences", "ends"],
)
def test_a_body_made_to_be_expensive_names_no_page(body: str) -> None:
    assert find_site_links(body, "articles/here.md") == ()


@pytest.mark.parametrize(
    "body",
    [
        "See [the relay](https://blog.example.org/articles/b/#relay).",
        "See [the relay](http://Blog.example.org/articles/b#relay).",
        "See [the relay](<https://blog.example.org/articles/b/#relay>).",
        "See [the relay][r].\n\n[r]: https://blog.example.org/articles/b/#relay",
        'See <a href="https://blog.example.org/articles/b/#relay">the relay</a>.',
        "See [the relay](https://example.net/mounted/articles/b/#relay).",
    ],
)
def test_an_absolute_address_of_the_site_itself_leads_to_its_page(body: str) -> None:
    own = own_addresses(("https://blog.example.org", "https://example.net/mounted"))
    assert find_site_links(body, "articles/here.md", own) == (SiteLink("/articles/b", "relay", "the relay"),)
    assert find_site_links(body, "articles/here.md") == ()


@pytest.mark.parametrize(
    "target", ["https://blog.example.org.evil.net/a", "https://blog.example.organic/a", "https://other.net/a"]
)
def test_an_address_that_only_begins_like_that_of_the_site_leads_elsewhere(target: str) -> None:
    body, own = f"See [the relay]({target}).", own_addresses(("https://blog.example.org",))
    assert find_site_links(body, "articles/here.md", own) == ()


def test_links_of_an_index_page_are_bounded() -> None:
    body = " ".join(f"[page {n}](/articles/p{n}/)" for n in range(MAX_LINKS + 9))
    assert len(find_site_links(body, "articles/here.md")) == MAX_LINKS


def with_names(*texts: tuple[str, str], others: Mapping[str, str] = MappingProxyType({})) -> tuple[Article, ...]:
    """Articles of ``(slug, body)`` with their link texts; ``others`` are pages and their bodies."""
    bodies = {f"articles/{slug}.md": body for slug, body in texts}
    bodies |= {f"pages/{slug}.md": body for slug, body in others.items()}
    articles = [article(slug, body, aliases=f"[/old-{slug}/]") for slug, body in texts]
    return with_link_texts(articles, map(page, others), lambda source: find_site_links(bodies[source], source))


def named(
    *texts: tuple[str, str], others: Mapping[str, str] = MappingProxyType({})
) -> dict[str, list[tuple[str, str]]]:
    """What each article is called: anchors and texts, by slug."""
    found = with_names(*texts, others=others)
    return {one.slug: [(text.anchor, text.text) for text in one.link_texts] for one in found}


def test_an_article_has_the_texts_of_links_to_it_and_its_sections() -> None:
    kiln = "kiln", "## Firing\n\nText."
    one = "one", "[the oven](kiln.md), [firing it](/articles/kiln/#firing) and [the oven](kiln.md)"
    two = "two", "[The Oven](/articles/kiln/), [an old name](/old-kiln/) and [nowhere](/articles/none/)"
    about = {"about": "[from a page](/articles/kiln/)"}
    calls = [("", "The Oven"), ("", "an old name"), ("", "from a page"), ("firing", "firing it")]
    assert named(kiln, one, two, others=about) == {"kiln": calls, "one": [], "two": []}


def test_a_link_of_an_article_to_itself_is_no_name() -> None:
    assert named(("kiln", "[this one](/articles/kiln/)")) == {"kiln": []}


def test_only_the_articles_whose_link_texts_changed_get_another_digest() -> None:
    kiln, relay = ("kiln", "Text."), ("relay", "Text.")
    before = with_names(kiln, relay, ("one", "[the oven](kiln.md), [the relay](relay.md)"))
    edited = with_names(kiln, relay, ("one", "[a stove](kiln.md) and then [the relay](relay.md)"))
    digests = [(old.digest, new.digest) for old, new in zip(before, edited, strict=True)]
    assert [old == new for old, new in digests] == [False, True, False]
    gone = with_names(kiln, relay)
    assert [one.digest for one in gone] == [article(one.slug, aliases=f"[/old-{one.slug}/]").digest for one in gone]


def test_the_order_and_the_number_of_links_are_no_part_of_the_digest() -> None:
    kiln = "kiln", "Text."
    first, *_ = with_names(kiln, ("one", "[the oven](kiln.md) [a stove](kiln.md)"), ("two", "[the oven](kiln.md)"))
    second, *_ = with_names(kiln, ("three", "[a stove](kiln.md) then [the oven](kiln.md)"))
    assert first.digest == second.digest


def test_the_usual_texts_are_kept_where_there_are_too_many() -> None:
    many = [(f"a{n:02}", f"[name {n:02}](kiln.md) [zebra](kiln.md)") for n in range(MAX_TEXTS + 5)]
    kiln, *_ = with_names(("kiln", "Text."), *many)
    assert len(kiln.link_texts) == MAX_TEXTS
    assert LinkText("", "zebra") in kiln.link_texts
