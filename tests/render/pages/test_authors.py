"""Authors: a page and a feed for each, and their names wherever an article is shown."""

from __future__ import annotations

from services.render.pages import listings
from services.render.pages.parts import Link
from services.render.pages.templates import load_pages
from services.render.site.site import build_site
from tests.render.sites import SOURCES, make_scope


def test_each_author_has_a_page_and_a_feed() -> None:
    ben = "---\ntitle: Both\nsummary: S.\npublished: 2026-04-01\nauthors: [Ada Writer, Ben]\n---\n\nText.\n"
    scope = make_scope({**SOURCES, "articles/both.md": ben})
    site = build_site(scope, load_pages())

    def made(path: str) -> str:
        recipe = site.recipes[path]
        return recipe.render(recipe.gather(()) if recipe.article else recipe.gather()).decode()

    assert {"/authors/", "/authors/ada-writer/", "/authors/ada-writer/feed.xml", "/authors/ben/"} <= site.recipes.keys()
    page = listings.author_page(scope, "Ada Writer")
    assert [card.title for card in page.cards] == ["Both", "Tail latency"]
    assert page.cards[0].authors == (Link("Ada Writer", "/authors/ada-writer/"), Link("Ben", "/authors/ben/"))
    assert [row.tag.label for row in listings.authors_page(scope).rows] == ["Ada Writer", "Ben", "The authors"]
    html = made("/articles/both/")
    assert (
        '<a href="/authors/ada-writer/" rel="author">Ada Writer</a>, <a href="/authors/ben/" rel="author">Ben</a>'
        in html
    )
    feed = made("/authors/ben/feed.xml")
    assert feed.count("<name>Ada Writer</name>") == feed.count("<name>Ben</name>") == 1
