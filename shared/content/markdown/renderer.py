"""Tokens as the HTML of a page.

It writes and decides nothing: anchors, samples, pictures and addresses are on the tokens.

Every element that scrolls takes focus, every mark has a name for those who do not see it, and nothing carries a
style. Ids made here hold a colon, which no author's id and no heading's anchor can.
"""

# ruff: noqa: ARG002 # the parser hands every rule the same four arguments

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from typing import Any

from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

from shared.content.folder.asset import Asset
from shared.content.markdown.code_figure import code_figure
from shared.content.markdown.text import plain_text
from shared.content.parsing.svg import parse_svg

#: A table's label names its columns; beyond this many characters a screen reader's user is told more than helps.
_TABLE_LABEL_CHARS = 80
#: The space between a number and its unit, where a line must not end.
_UNIT_SPACE = re.compile(r"(?<=\d) (?=(?:%|[kMGT]i?B|[mµn]?s|min|h)(?!\w))")


class ArticleRenderer(RendererHTML):
    """The rules that differ from CommonMark's own HTML; each is named after its token."""

    def text(self, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
        """Text; a number keeps its unit beside it."""
        return escapeHtml(_UNIT_SPACE.sub("\N{NO-BREAK SPACE}", tokens[index].content))

    def heading_open(self, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
        """The permalink stands beside the heading and not in it: headings are read aloud and copied without it."""
        return f'<div class="heading">{self.renderToken(tokens, index, options, env)}'

    def heading_close(self, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
        """Close the heading, then link to it."""
        anchor = tokens[index - 2].attrs["id"]
        # Plain quotation marks: one character beyond Latin-1 would double the memory of the whole page's text.
        label = escape(f'Link to the section "{plain_text(tokens[index - 1].children) or anchor}"')
        return f'</{tokens[index].tag}><a class="anchor" href="#{anchor}" aria-label="{label}"></a></div>\n'

    def table_open(self, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
        """A wide table scrolls in a region that has a name and takes focus."""
        end = next(at for at in range(index, len(tokens)) if tokens[at].type == "thead_close")
        columns = (plain_text(tokens[at].children) for at in range(index, end) if tokens[at].type == "inline")
        label = f"Table: {', '.join(filter(None, columns)) or 'no headings'}"
        if len(label) > _TABLE_LABEL_CHARS:
            label = f"{label[:_TABLE_LABEL_CHARS]}…"
        # Two regions of one name could not be told apart in a list of landmarks.
        labels: dict[str, int] = env.setdefault("table_labels", {})
        labels[label] = labels.get(label, 0) + 1
        if labels[label] > 1:
            label = f"{label} ({labels[label]})"
        return f'<div class="table" role="region" tabindex="0" aria-label="{escape(label)}"><table>\n'

    def table_close(self, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
        """Close the table and its region."""
        return "</table></div>\n"

    def th_open(self, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
        """A heading cell heads its column."""
        return f'<th scope="col"{_alignment(tokens[index])}>'

    def td_open(self, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
        """A cell; its alignment is a class."""
        return f"<td{_alignment(tokens[index])}>"

    def fence(self, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
        """A block of code; with the output that follows it, one sample."""
        token = tokens[index]
        figure = code_figure(token.meta["fence"], env["verified"])
        if token.meta.get("has_output"):
            return f'<div class="sample">\n{figure}'
        return f"{figure}</div>\n" if token.meta.get("is_output") else figure

    def code_block(self, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
        """Indented code looks like fenced code without a language."""
        return self.fence(tokens, index, options, env)

    def image(self, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
        """A picture in its line, or a figure with its caption."""
        token = tokens[index]
        asset: Asset | None = token.meta.get("asset")
        if not token.meta.get("is_figure"):
            return _img(token, asset)
        title = str(token.attrs.pop("title", ""))
        caption = f"<figcaption>{escape(title, quote=False)}</figcaption>" if title else ""
        if asset is None or asset.svg is None:
            return f"<figure>{_img(token, asset)}{caption}</figure>\n"
        # On a phone a drawing keeps a size at which it can be read, and scrolls: so it takes the focus, as tables do.
        drawing = f'<div class="drawing" role="group" tabindex="0" aria-label="Drawing">{_diagram(asset, env)}</div>'
        return f'<figure class="diagram">{drawing}{caption}</figure>\n'

    def task_box(self, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
        """Whether a task is done, as a box that cannot be ticked here."""
        is_done = tokens[index].meta["is_done"]
        return (
            f'<input type="checkbox" class="task-box" disabled{" checked" if is_done else ""}'
            f' aria-label="{"Done" if is_done else "To do"}"> '
        )

    def admonition_open(self, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
        """A note beside the text. It is no landmark: an article may have many."""
        token = tokens[index]
        classes = escape(str(token.attrs["class"]))
        if not token.content:
            return f'<aside class="{classes}" role="note">\n'
        number = env["admonitions"] = env.get("admonitions", 0) + 1
        return f'<aside class="{classes}" role="note" aria-labelledby="note:{number}">\n'

    def admonition_title_open(self, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
        """The title names the note."""
        return f'<p class="admonition-title" id="note:{env["admonitions"]}">'

    def admonition_title_close(self, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
        """Close the title."""
        return "</p>\n"

    def admonition_close(self, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
        """Close the note."""
        return "</aside>\n"

    def footnote_ref(self, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
        """The number in the text (DPUB-ARIA doc-noteref)."""
        number, place = _note(tokens[index])
        return (
            f'<sup class="footnote-ref"><a id="fnref:{place}" href="#fn:{number}" role="doc-noteref"'
            f' aria-label="Footnote {number}">{number}</a></sup>'
        )

    def footnote_block_open(self, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
        """The notes, after the text (DPUB-ARIA doc-endnotes)."""
        return '<section class="footnotes" role="doc-endnotes" aria-label="Footnotes">\n<ol>\n'

    def footnote_block_close(self, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
        """Close the notes."""
        return "</ol>\n</section>\n"

    def footnote_open(self, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
        """One note."""
        return f'<li id="fn:{_note(tokens[index])[0]}" class="footnote">'

    def footnote_close(self, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
        """Close the note."""
        return "</li>\n"

    def footnote_anchor(self, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
        """The way back to each place that refers to the note (DPUB-ARIA doc-backlink)."""
        number, place = _note(tokens[index])
        again = tokens[index].meta.get("subId", 0)
        label = f"Back to reference {number}" + (f", place {again + 1}" if again else "")
        return f' <a class="footnote-back" href="#fnref:{place}" role="doc-backlink" aria-label="{label}">↩</a>'


def _alignment(token: Token) -> str:
    """Markdown's column alignment as a class (the parser writes a style)."""
    _, _, side = str(token.attrs.get("style", "")).partition("text-align:")
    return f' class="align-{side}"' if side else ""


def _note(token: Token) -> tuple[str, str]:
    """The number of a note, and the name of one place that refers to it."""
    number = str(token.meta["id"] + 1)
    again = token.meta.get("subId", 0)
    return number, f"{number}:{again + 1}" if again else number


def _img(token: Token, asset: Asset | None) -> str:
    """A picture that keeps its place while it loads: its size is known before its bytes."""
    width, height = _size(token, asset)
    attributes = {
        **token.attrs,
        "alt": plain_text(token.children),
        "width": width,
        "height": height,
        "loading": "lazy",
        "decoding": "async",
    }
    written = (f'{name}="{escape(str(value))}"' for name, value in attributes.items() if value is not None)
    return f"<img {' '.join(written)}>"


def _size(token: Token, asset: Asset | None) -> tuple[object, object]:
    """The size that the author chose, or that of the file; a chosen width alone keeps the proportions."""
    width, height = token.attrs.get("width"), token.attrs.get("height")
    if asset is None or asset.width is None or asset.height is None or (width and height):
        return width, height
    if width and str(width).isdecimal():
        return width, round(asset.height * int(width) / asset.width)
    if height and str(height).isdecimal():
        return round(asset.width * int(height) / asset.height), height
    return asset.width, asset.height


def _diagram(asset: Asset, env: Any) -> str:
    """Where a diagram goes: a key in the text, exchanged for the drawing after the HTML was sanitised."""
    diagrams: dict[str, str] = env["diagrams"]
    number = len(diagrams) + 1
    key = f"diagram:{env['nonce']}:{number}:"
    diagrams[key] = parse_svg(asset.name, asset.svg or "", prefix=f"diagram-{number}:").markup
    return key
