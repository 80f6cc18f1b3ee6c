"""Changes to sanitised HTML."""

from __future__ import annotations

from collections.abc import Mapping
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.render.pages.html_rewrite import absolute_links, plain_content, replace_pictures
from shared.content.parsing.parse import parse_article

BASE, PAGE = "https://blog.example.org", "https://blog.example.org/articles/x/"


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<a href="/tags/">t</a>', f'<a href="{BASE}/tags/">t</a>'),
        ('<a href="#part">t</a>', f'<a href="{PAGE}#part">t</a>'),
        ('<a href="https://other.example/">t</a>', '<a href="https://other.example/">t</a>'),
        ('<a href="//other.example/">t</a>', '<a href="//other.example/">t</a>'),
        ('<img alt="a > b" src="/p.png">', f'<img alt="a > b" src="{BASE}/p.png">'),
        ('<source srcset="/a.webp 1w, /b.webp 2w">', f'<source srcset="{BASE}/a.webp 1w, {BASE}/b.webp 2w">'),
        ('<p>href="/not/an/attribute"</p>', '<p>href="/not/an/attribute"</p>'),
        ('<code>&lt;a href="/x"&gt;</code>', '<code>&lt;a href="/x"&gt;</code>'),
        ('<p title="src=&quot;/x&quot;">t</p>', '<p title="src=&quot;/x&quot;">t</p>'),
    ],
)
def test_only_addresses_of_the_site_become_absolute(html: str, expected: str) -> None:
    assert absolute_links(html, BASE, PAGE) == expected


def test_plain_content_leaves_out_what_only_the_site_uses() -> None:
    front = "---\ntitle: X\nsummary: x\npublished: 2026-01-01\n---\n\n"
    html = parse_article(
        "articles/x.md", front + "## The relay\n\nText.\n\n```python\nprint('<span>')\n```\n"
    ).body.html
    assert all(mark in html for mark in ('class="anchor"', 'class="actions"', '<span class="nb">'))
    plain = plain_content(html)
    assert not any(mark in plain for mark in ('class="anchor"', 'class="actions"', '<span class="nb">'))
    assert "The relay" in plain
    assert "print('&lt;span&gt;')" in plain


def test_pictures_are_replaced_with_their_attributes_known() -> None:
    seen: list[str] = []

    def replace(attributes: Mapping[str, str], tag: str) -> str:
        seen.append(attributes["src"])
        return f"[{tag}]"

    picture = '<img src="/a.png" alt="a > &quot;b&quot;" width="3">'
    assert replace_pictures(f"<p>{picture}</p>", replace) == f"<p>[{picture}]</p>"
    assert seen == ["/a.png"]


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.text = ""

    def handle_data(self, data: str) -> None:
        self.text += data


def text_of(html: str) -> str:
    parser = _Text()
    parser.feed(html)
    return parser.text


@given(st.text(max_size=200))
def test_rewriting_never_changes_the_text(body: str) -> None:
    html = parse_article("articles/x.md", f"---\ntitle: X\nsummary: x\npublished: 2026-01-01\n---\n\n{body}").body.html
    assert text_of(absolute_links(html, BASE, PAGE)) == text_of(html)
