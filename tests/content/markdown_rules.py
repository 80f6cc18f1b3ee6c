"""What holds for the HTML of any Markdown, and pieces of Markdown that try it."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

from shared.content.article import Body
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


class Balance(HTMLParser):
    """Which elements are still open at the end."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open_tags: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in {"br", "hr", "img", "input", "wbr", "col"}:
            self.open_tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open_tags.pop() == tag


def diagram() -> Asset:
    return parse_asset("articles/x/d.svg", "d.svg", Path("d.svg"), SVG.encode())


def parse(text: str) -> Body:
    asset = diagram()
    return parse_body(text, BodyContext("articles/x/index.md", "/articles/x/", 1, {asset.name: asset}))
