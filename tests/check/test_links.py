from __future__ import annotations

from pathlib import Path

import pytest

from services.check.links import check_links
from shared.content.article import Article
from shared.content.folder.asset import parse_asset
from shared.content.library import build_library
from shared.content.parsing.site_config import NavigationLink, Redirect, SiteConfig
from tests.content.articles import article, page
from tests.content.samples import SVG

OTHERS = (
    article(
        "other", "## The relay\n\ntext[^1]\n\n[^1]: note\n\n## {#chosen}\n", tags="[kafka, c++]", aliases="[/old/]"
    ),
    article("part", series="{name: The Series, part: 1}"),
    article("draft", draft="true"),
    page("about"),
)


def problems(*articles: Article, site: SiteConfig | None = None) -> list[str]:
    asset = parse_asset("articles/here/d.svg", "d.svg", Path("d.svg"), SVG.encode())
    files = {"articles/here/index.md": {"d.svg": asset}}
    library = build_library(site or SiteConfig(), [*OTHERS, *articles], files=files, shows_drafts=True)
    return [str(problem) for problem in check_links(library)]


@pytest.mark.parametrize(
    "target",
    [
        *("/", "/tags/", "/tags/kafka/", "/tags/c%2B%2B/", "/series/the-series/", "/archive/", "/feed.xml", "/about/"),
        *(
            "/articles/other/",
            "/articles/other/#the-relay",
            "/articles/other/#chosen",
            "/articles/other/#fn:1",
            "/?q=outbox",
        ),
        *("../other.md", "../other.md#the-relay", "../../pages/about.md", "#here", "d.svg", "/articles/here/d.svg", ""),
        *("/tags/kafka/feed.xml", "/tags/c%2B%2B/feed.xml", "/llms.txt", "/favicon.ico"),
        *("https://example.org/x#y", "mailto:a@example.org", "tel:+123", "//example.org/"),
    ],
)
def test_a_link_to_something_that_is_there_is_right(target: str) -> None:
    assert problems(article("here/index", f"## Here\n\n[x](<{target}>)")) == []


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("/articles/othr/", "there is no /articles/othr/ on this site: did you mean /articles/other/?"),
        ("/articles/other", "/articles/other is answered by a redirect: write /articles/other/"),
        ("/archive", "/archive is answered by a redirect: write /archive/"),
        ("/articles/other/#the-rely", "articles/other.md has no section #the-rely: did you mean #the-relay?"),
        ("/old/", "/old/ has moved: write /articles/other/"),
        ("/old", "/old has moved: write /articles/other/"),
        ("/tags/kafk/", "there is no /tags/kafk/ on this site: did you mean /tags/kafka/?"),
        ("../oter.md", "there is no articles/oter.md: did you mean articles/other.md?"),
        ("../other.md#x-y-z", "articles/other.md has no section #x-y-z"),
        ("#hre", "articles/here/index.md has no section #hre: did you mean #here?"),
        ("e.svg", "there is no file e.svg beside the article; other articles are written /articles/SLUG/"),
        (
            "../../../etc/passwd",
            "there is no file ../../../etc/passwd beside the article; other articles are written /articles/SLUG/",
        ),
        ("/articles/draft/", "articles/draft.md is a draft: a reader who follows the link finds nothing"),
        (
            "ftp://example.org/",
            "ftp://example.org/ is taken out of the page: a link may be http, https, mailto, tel, or a path",
        ),
        ("https:///x", "https:///x names no host"),
    ],
)
def test_a_broken_link_names_the_nearest_target(target: str, message: str) -> None:
    found = problems(article("here/index", f"## Here\n\n[x](<{target}>)"))
    assert found == [f"articles/here/index.md:9: {message}"]


def test_an_address_that_no_browser_can_read_is_broken() -> None:
    found = problems(article("here/index", '<a href="http://[::1/x">x</a>'))
    assert found == ["articles/here/index.md:7: http://[::1/x is not an address: Invalid IPv6 URL"]


def test_an_address_is_guessed_by_its_last_name() -> None:
    found = problems(article("here", "[x](/posts/other/) [x](/articles/quite-wrong/) [x](../posts/other.md)"))
    assert found == [
        "articles/here.md:7: there is no /posts/other/ on this site: did you mean /articles/other/?",
        "articles/here.md:7: there is no /articles/quite-wrong/ on this site",
        "articles/here.md:7: there is no posts/other.md: did you mean articles/other.md?",
    ]


def test_a_draft_may_link_to_a_draft() -> None:
    assert problems(article("other-draft", "[x](/articles/draft/)", draft="true")) == []


def test_a_cover_and_a_picture_of_the_site_must_be_there() -> None:
    found = problems(article("here/index", "![x](/articles/here/gone.png)", cover="{src: gone.png, alt: A}"))
    hint = "other articles are written /articles/SLUG/"
    assert found == [
        "articles/here/index.md:8: there is no /articles/here/gone.png on this site",
        f"articles/here/index.md:5: there is no file gone.png beside the article; {hint}",
    ]


def test_the_navigation_leads_to_what_is_there() -> None:
    links = (NavigationLink("A", "/"), NavigationLink("B", "/abot/", 7), NavigationLink("C", "https://example.org/"))
    assert problems(site=SiteConfig(navigation=links)) == [
        "site.toml:7: navigation entry 2 (B): there is no /abot/ on this site: did you mean /about/?"
    ]


@pytest.mark.parametrize(
    ("redirect", "message"),
    [
        (Redirect("/index.xml", "/feed.xml"), ""),
        (Redirect("/tags/golang/", "/tags/kafka/"), ""),
        (Redirect("/lab/", "https://example.org/"), ""),
        (Redirect("/gone/", "/articles/other/#chosen"), ""),
        (Redirect("/categories/*", "/tags/*"), ""),
        (Redirect("/categories/*", "/tagz/*"), "the site has nothing below /tagz/"),
        (Redirect("/gone/", "/abot/"), "there is no /abot/ on this site: did you mean /about/?"),
        (Redirect("/gone/", "/old/"), "/old/ has moved: write /articles/other/"),
        (Redirect("/about", "/archive/"), "the site has /about/, so that it is never used: remove it"),
        (Redirect("/old", "/archive/"), "/articles/other/ has it as one of its aliases: remove one of them"),
    ],
)
def test_a_redirect_leads_to_what_is_there_from_what_is_not(redirect: Redirect, message: str) -> None:
    found = problems(site=SiteConfig(redirects=(redirect,)))
    assert found == ([f"site.toml:1: the redirect of {redirect.old}: {message}"] if message else [])


def test_a_link_to_an_old_path_of_the_site_names_the_new_one() -> None:
    site = SiteConfig(redirects=(Redirect("/categories/*", "/tags/*"),))
    assert problems(article("here", "[x](/categories/kafka/)"), site=site) == [
        "articles/here.md:7: /categories/kafka/ has moved: write /tags/kafka/"
    ]


def test_a_public_file_at_an_address_of_the_site_is_reported() -> None:
    names = ("feed.xml", "tags/a.txt", "other", "articles/other/a.txt")
    files = {"public": {name: parse_asset(f"public/{name}", name, Path(name), b"x") for name in names}}
    library = build_library(SiteConfig(), OTHERS, files=files)
    assert [str(problem) for problem in check_links(library)] == [
        f"public/{name}:1: the site serves /{name} itself, so that this file never is: remove it"
        for name in ("feed.xml", "tags/a.txt", "articles/other/a.txt")
    ]
