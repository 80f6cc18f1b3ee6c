"""``site.toml``: the redirects of old paths."""

from __future__ import annotations

import pytest

from shared.content.parsing.site_config import Redirect, expand_redirects, parse_site
from shared.content.problem import InvalidContent

BOTH = "write both as paths of this site that end in /*, or neither"
QUOTE = 'write it in "quotes", because YAML and TOML read it as something else'


def redirects(*lines: str) -> tuple[Redirect, ...]:
    return parse_site("\n".join(['title = "T"', "[redirects]", *lines])).redirects


def problems(*lines: str) -> list[str]:
    with pytest.raises(InvalidContent) as caught:
        redirects(*lines)
    return [str(problem) for problem in caught.value.problems]


def test_redirects_are_old_paths_and_where_they_lead() -> None:
    lines = ('"/index.xml" = "/feed.xml"', "'/categories/go/' = '/tags/go/'", '"/lab/" = "https://lab.example.org/a?b"')
    assert redirects(*lines) == (
        Redirect("/index.xml", "/feed.xml", 3),
        Redirect("/categories/go/", "/tags/go/", 4),
        Redirect("/lab/", "https://lab.example.org/a?b", 5),
    )


def test_an_old_list_of_a_tag_or_a_series_may_redirect() -> None:
    assert [one.old for one in redirects('"/tags/golang/" = "/tags/go/"', '"/series/a/" = "/series/b/"')] == [
        "/tags/golang/",
        "/series/a/",
    ]


def test_targets_are_percent_encoded_once() -> None:
    lines = ('"/a/" = "/tags/größe/"', '"/b/" = "/tags/c%2B%2B/"', '"/c/" = "/about/?x=ä&y=1#Über"')
    assert [one.target for one in redirects(*lines)] == [
        "/tags/gr%C3%B6%C3%9Fe/",
        "/tags/c%2B%2B/",
        "/about/?x=%C3%A4&y=1#%C3%9Cber",
    ]


def test_a_pattern_stands_for_what_the_site_has_below_its_target() -> None:
    given = redirects('"/categories/*" = "/tags/*"', '"/categories/c/" = "/about/"', '"/c/x/*" = "/tags/*"')
    paths = ("/tags/", "/tags/c++/", "/tags/c/feed.xml", "/archive/")
    assert {one.old: one.target for one in expand_redirects(given, paths)} == {
        "/categories/": "/tags/",
        "/categories/c++/": "/tags/c%2B%2B/",
        "/categories/c/feed.xml": "/tags/c/feed.xml",
        "/categories/c/": "/about/",
        "/c/x/": "/tags/",
        "/c/x/c++/": "/tags/c%2B%2B/",
        "/c/x/c/feed.xml": "/tags/c/feed.xml",
    }


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('"old/" = "/archive/"', "redirects: 'old/' is not a path of this site, as in /old/path/"),
        ('"/old/?a=1" = "/archive/"', "redirects: '/old/?a=1' is not a path of this site, as in /old/path/"),
        ('"/feed.xml" = "/rss.xml"', "redirects: '/feed.xml' is an address of the site itself: remove it"),
        ('"/tags/" = "/archive/"', "redirects: '/tags/' is an address of the site itself: remove it"),
        ('"/static/a.css" = "/about/"', "redirects: '/static/a.css' is an address of the site itself: remove it"),
        *(
            (
                f'"/old/" = "{target}"',
                f"redirects: '{target}' is neither a path of the site (/archive/) nor an address with https:",
            )
            for target in (
                "archive/",
                "//evil.example/",
                "ftp://a.example/",
                "https://",
                "/a b/",
                "https://a@b.example/",
                "javascript:alert(1)",
            )
        ),
        ('"/a*b/" = "/archive/"', "redirects: '/a*b/' has a * elsewhere than at its end, as in /old/*"),
        ('"/tags/*" = "/series/*"', "redirects: '/tags/*' is an address of the site itself: remove it"),
        *(
            (f'"{old}" = "{target}"', f"redirects: '{old}' = '{target}': {BOTH}")
            for old, target in (("/a/*", "/b/"), ("/a/", "/b/*"), ("/a/*", "https://example.org/*"))
        ),
        ('"/old/*" = "/old/*"', "redirects: '/old/*' leads back to itself: name a page that exists"),
        ('"/old/" = "/old"', "redirects: '/old/' leads back to itself: name a page that exists"),
        (
            '"/old/" = 5',
            f"redirects./old/: 5 is not a path of the site, or an address: {QUOTE}",
        ),
    ],
)
def test_an_invalid_redirect_is_named_with_its_line(line: str, message: str) -> None:
    assert problems('"/fine/" = "/archive/"', line) == [f"site.toml:4: {message}"]


def test_a_circle_is_named_at_each_of_its_redirects() -> None:
    assert problems('"/a/" = "/b/"', '"/b/" = "/a/"') == [
        "site.toml:3: redirects: '/a/' leads back to itself: name a page that exists",
        "site.toml:4: redirects: '/b/' leads back to itself: name a page that exists",
    ]


def test_a_circle_is_named_however_its_paths_are_written() -> None:
    """A site with one was never built."""
    assert problems('"/café/" = "/x/"', '"/x/" = "/caf%C3%A9/"') == [
        "site.toml:3: redirects: '/café/' leads back to itself: name a page that exists",
        "site.toml:4: redirects: '/x/' leads back to itself: name a page that exists",
    ]


def test_an_old_path_copied_from_an_address_bar_is_the_path_that_it_encodes() -> None:
    assert [one.old for one in redirects('"/caf%C3%A9/" = "/archive/"')] == ["/café/"]
