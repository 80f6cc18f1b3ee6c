"""What holds for any Markdown at all."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html.parser import HTMLParser
from pathlib import Path

from hypothesis import example, given
from hypothesis import strategies as st

from shared.content.article import Body, Heading
from shared.content.folder.asset import Asset, parse_asset
from shared.content.markdown import BodyContext, parse_body
from tests.content.samples import SVG

#: Pieces that mean something to the parser, its plugins, the sanitiser or a browser.
PIECES = [
    *(
        "# ",
        "## ",
        "### ",
        "#",
        "\n",
        "\n\n",
        "    ",
        "\t",
        "- ",
        "1. ",
        "> ",
        "* * *",
        "===",
        "---",
        "|",
        "| a | b |\n|---|:-:|\n",
    ),
    *(
        "`",
        "``",
        "```",
        '```python run hl="1-2"\n',
        "```output\n",
        "```yaml\n",
        "~~~",
        "*",
        "**",
        "_",
        "~~",
        "\\",
        "&amp;",
        "&#0;",
    ),
    *(
        "[",
        "]",
        "(",
        ")",
        "!",
        "[^1]",
        "[^1]: ",
        "^[",
        '![x](d.svg "t")',
        "![](p.png)",
        "[a](b.md#c)",
        "<https://e.org>",
    ),
    *(
        "{#id}",
        "{#a .b}",
        " {#x:y}",
        '{style="color:red"}',
        "{onclick=x}",
        '!!! note "t"\n    ',
        "- [ ] ",
        "- [x] ",
        "\n: ",
        "Term",
    ),
    *(
        "<script>",
        "</script>",
        "<style>",
        '<div id="id">',
        "</div>",
        "<b",
        ">",
        "<!--",
        "-->",
        "<textarea>",
        "<select>",
        "<svg>",
        "<math>",
    ),
    *(
        '<a href="javascript:x">',
        "<img src=x onerror=y>",
        "<table>",
        "</table>",
        "<p id='a'>",
        '<h2 id="id">',
        "<plaintext>",
        "<title>",
    ),
    *(
        "<details open>",
        "<summary>",
        "</main>",
        "<template>",
        "<noscript>",
        "<iframe srcdoc='x'>",
        "<form>",
        "<input>",
        "<![CDATA[",
        "<?x",
    ),
    *(
        "id",
        "word",
        "Über",
        "漢字",
        "العربية",
        "🚀",
        "\u0301",
        "\u200f",
        "\x00",
        "\x0b",
        "\x0c",
        "\u2028",
        "\r\n",
        "\r",
        "\ufeff",
        "\x1b",
    ),
]
markdown = st.one_of(
    st.lists(st.sampled_from(PIECES), max_size=40).map("".join),
    st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=8)), max_size=30).map("".join),
    st.text(max_size=200),
)


class Page(HTMLParser):
    """What a browser would find: every id, and everything that could run or style."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.forbidden: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {
            "script",
            "style",
            "iframe",
            "object",
            "embed",
            "form",
            "base",
            "meta",
            "link",
            "textarea",
            "select",
        }:
            self.forbidden.append(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            if (
                name == "style"
                or name.startswith("on")
                or re.match(r"\s*(?:javascript|data|vbscript):", value or "", re.IGNORECASE)
            ):
                self.forbidden.append(f"{tag} {name}={value}")


def diagram() -> Asset:
    return parse_asset("articles/x/d.svg", "d.svg", Path("d.svg"), SVG.encode())


def parse(text: str) -> Body:
    asset = diagram()
    return parse_body(text, BodyContext("articles/x/index.md", "/articles/x/", 1, {asset.name: asset}))


@given(markdown)
@example('<div id="a">\n\n## A\n')
@example("![x](d.svg)\n\n![x](d.svg)\n")
@example("## A {#a}\n\n## A\n\n## A {#a}\n")
def test_every_section_anchor_is_exactly_one_id_of_the_page(text: str) -> None:
    body = parse(text)
    ids = Page(body.html).ids
    assert len(ids) == len(set(ids))
    anchors = [section.anchor for section in body.sections if section.anchor]
    assert len(anchors) == len(set(anchors))
    assert set(anchors) <= set(ids)


@given(markdown)
@example("[x](javascript:alert(1)) ![x](data:text/html,x)")
@example('<a href="java&#10;script:x">x</a>')
@example('[x](y){onclick="a" style="b"}')
def test_nothing_that_runs_or_styles_survives(text: str) -> None:
    assert Page(parse(text).html).forbidden == []


@given(markdown)
def test_parsing_is_deterministic(text: str) -> None:
    assert parse(text) == parse(text)


@given(markdown)
def test_code_spans_lie_within_their_blocks_in_order(text: str) -> None:
    for section in parse(text).sections:
        for block in section.blocks:
            ends = [0]
            for start, end in block.code_spans:
                assert ends[-1] <= start < end <= len(block.text)
                ends.append(end)


@given(markdown)
def test_prose_is_one_line_and_never_empty(text: str) -> None:
    for section in parse(text).sections:
        assert section.heading == " ".join(section.heading.split())
        for block in section.blocks:
            assert block.text.strip()
            if block.kind == "prose":
                assert block.text == " ".join(block.text.split())


@given(markdown)
def test_the_heading_tree_holds_the_sections_in_order(text: str) -> None:
    body = parse(text)
    flat: list[tuple[str, str, int]] = []

    def walk(headings: Iterable[Heading]) -> None:
        for heading in headings:
            flat.append((heading.anchor, heading.text, heading.level))
            walk(heading.children)

    walk(body.headings)
    assert flat == [(one.anchor, one.heading, one.level) for one in body.sections if one.anchor]


@given(markdown)
def test_the_html_is_balanced(text: str) -> None:
    """Parsed and written again it is the same: a browser has nothing to repair."""
    open_tags: list[str] = []

    class Balance(HTMLParser):
        def handle_starttag(self, tag: str, attrs: object) -> None:
            if tag not in {"br", "hr", "img", "input", "wbr", "col"}:
                open_tags.append(tag)

        def handle_endtag(self, tag: str) -> None:
            assert open_tags.pop() == tag

    balance = Balance()
    balance.feed(parse(text).html)
    balance.close()
    assert open_tags == []
