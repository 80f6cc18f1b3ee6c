"""Tokens as the HTML of a page.

It only writes: anchors, samples, pictures and addresses are already on the tokens.

Every scrolling element is focusable, every mark has a text alternative, and nothing has inline styles. Ids made here
contain a colon, which no author's id and no heading's anchor can.
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
from shared.content.markdown.code.fences import Fence
from shared.content.markdown.code.figure import code_figure
from shared.content.markdown.containers import KIND_NAMES, known_kind
from shared.content.markdown.formulas import NotAFormula, to_mathml
from shared.content.markdown.placeholders import Placeholders
from shared.content.markdown.text import plain_text
from shared.content.parsing.svg import parse_svg
from shared.text.messages import message

#: Longest list of columns in the label of a table, in characters: a screen reader reads it aloud before the table.
_TABLE_LABEL_CHARS = 73
#: The space between a number and its unit, where a line must not break.
_UNIT_SPACE = re.compile(r" (?<=\d )(?=(?:%|[kMGT]i?B|[mµn]?s|min|h)(?!\w))")


class ArticleRenderer(RendererHTML):
    """The rules that differ from CommonMark's own HTML; each is named after its token."""

    def text(self, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
        """Text; a number keeps its unit beside it."""
        return escapeHtml(_UNIT_SPACE.sub("\N{NO-BREAK SPACE}", tokens[index].content))

    def heading_open(self, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
        """Place the permalink beside the heading, because headings are read aloud and copied."""
        return f'<div class="heading">{self.renderToken(tokens, index, options, env)}'

    def tabs_open(self, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
        """A set of tabs: each opens and closes without a script, and is found by the browser's search."""
        return '<div class="tabs">\n'

    def tabs_close(self, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
        """Close the set."""
        return "</div>\n"

    def tab_open(self, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
        """One tab; in a set, which shares a name, one is open."""
        meta = tokens[index].meta
        is_open = " open" if meta["is_first"] else ""
        title = escape(meta["title"], quote=False)
        opened = f'<details class="tab" name="tabs:{meta["set"]}"{is_open}>'
        return f'{opened}<summary>{title}</summary>\n<div class="tab-body">\n'

    def tab_close(self, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
        """Close the tab."""
        return "</div></details>\n"

    def math_inline(self, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
        """A formula in its line."""
        return _formula(tokens[index].content, env, is_block=False)

    def math_block(self, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
        """A formula on lines of its own. A wide one scrolls, so it is focusable."""
        formula = _formula(tokens[index].content.strip(), env, is_block=True)
        label = _label(env, message("Formula"))
        return f'<div class="formula" role="group" tabindex="0" aria-label="{label}">{formula}</div>\n'

    def heading_close(self, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
        """Close the heading, then link to it."""
        anchor = tokens[index - 2].attrs["id"]
        # Plain quotation marks: one character beyond Latin-1 would double the memory of the page's text.
        heading = plain_text(tokens[index - 1].children) or anchor
        label = _label(env, message('Link to the section "%(heading)s"'), heading=heading)
        old = "".join(f'<a id="{escape(one)}"></a>' for one in tokens[index - 2].meta.get("old_ids", ()))
        return f'</{tokens[index].tag}>{old}<a class="anchor" href="#{anchor}" aria-label="{label}"></a></div>\n'

    def table_open(self, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
        """A wide table scrolls in a focusable region with a name."""
        end = next(at for at in range(index, len(tokens)) if tokens[at].type == "thead_close")
        columns = (plain_text(tokens[at].children) for at in range(index, end) if tokens[at].type == "inline")
        named = ", ".join(filter(None, columns))
        if len(named) > _TABLE_LABEL_CHARS:
            named = f"{named[:_TABLE_LABEL_CHARS]}…"
        # Two regions with the same name could not be told apart in a list of landmarks.
        labels: dict[str, int] = env.setdefault("table_labels", {})
        labels[named] = labels.get(named, 0) + 1
        said = message("Table: %(columns)s") if named else message("Table without headings")
        label = _label(env, said, columns=named)
        if labels[named] > 1:
            label = f"{label} ({labels[named]})"
        return f'<div class="table" role="region" tabindex="0" aria-label="{label}"><table>\n'

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
        drawing = token.meta.get("drawing")
        figure = code_figure(token.meta["fence"], env["verified"], env["placeholders"])
        if drawing is not None:
            # Readers see the drawing; its source is one click away.
            figure = f"{self._drawing(drawing, token.meta['fence'], env)}{figure}</details></figure>\n"
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
        # On a phone a drawing keeps a readable size and scrolls, so it is focusable, like tables.
        label = _label(env, message("Drawing"))
        drawing = f'<div class="drawing" role="group" tabindex="0" aria-label="{label}">{_diagram(asset, env)}</div>'
        return f'<figure class="diagram">{drawing}{caption}</figure>\n'

    def _drawing(self, asset: Asset, fence: Fence, env: Any) -> str:
        """A diagram from the file that was drawn of its source."""
        label = escape(fence.title) if fence.title else _label(env, message("Diagram %(name)s"), name=asset.name)
        if asset.svg is None:
            shown = f'<img src="{escape(asset.name)}" alt="{label}" loading="lazy" decoding="async">'
        else:
            shown = f'<div class="drawing" role="group" tabindex="0" aria-label="{label}">{_diagram(asset, env)}</div>'
        caption = f"<figcaption>{escape(fence.title, quote=False)}</figcaption>" if fence.title else ""
        summary = _label(env, message("Source of the diagram"))
        opened = f'<details class="source"><summary>{summary}</summary>\n'
        return f'<figure class="diagram">{shown}{caption}{opened}'

    def task_box(self, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
        """The state of a task, as a box that cannot be changed here."""
        is_done = tokens[index].meta["is_done"]
        label = _label(env, message("Done") if is_done else message("To do"))
        return f'<input type="checkbox" class="task-box" disabled{" checked" if is_done else ""} aria-label="{label}"> '

    def admonition_open(self, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
        """A note beside the text. It is not a landmark, because an article may have many."""
        token = tokens[index]
        classes = escape(known_kind(str(token.attrs["class"])))
        tag = "details" if "is-collapsible" in classes else "aside"
        env.setdefault("open_notes", []).append(tag)
        if tag == "details":
            opened = f'<details class="{classes}"{" open" if "collapsible-open" in classes else ""}>\n'
            return opened + self._note_title(token, options, env)
        if not token.content:
            return f'<aside class="{classes}" role="note">\n'
        number = env["admonitions"] = env.get("admonitions", 0) + 1
        opened = f'<aside class="{classes}" role="note" aria-labelledby="note:{number}">\n'
        return opened + self._note_title(token, options, env)

    def _note_title(self, token: Token, options: Any, env: Any) -> str:
        """The title of a note without tokens for it."""
        title = token.meta.get("title")
        is_summary = env["open_notes"][-1] == "details"
        if title is None:
            # ``!!!`` writes its title as tokens; a collapsible note without one still needs a summary to open it.
            if token.content or not is_summary:
                return ""
            summary = _label(env, message("Details"))
            return f'<summary class="admonition-title">{summary}</summary>\n'
        text = self.renderInline(_named(title), options, env)
        if is_summary:
            return f'<summary class="admonition-title">{text}</summary>\n'
        return f'<p class="admonition-title" id="note:{env["admonitions"]}">{text}</p>\n'

    def admonition_title_open(self, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
        """The title names the note."""
        inline = tokens[index + 1]
        inline.children = _named(inline.children or [])
        if env["open_notes"][-1] == "details":
            return '<summary class="admonition-title">'
        return f'<p class="admonition-title" id="note:{env["admonitions"]}">'

    def label(self, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
        """A message of the interface among the author's words."""
        return _label(env, tokens[index].content)

    def admonition_title_close(self, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
        """Close the title."""
        return "</summary>\n" if env["open_notes"][-1] == "details" else "</p>\n"

    def admonition_close(self, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
        """Close the note."""
        return f"</{env['open_notes'].pop()}>\n"

    def footnote_ref(self, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
        """The number in the text (DPUB-ARIA doc-noteref)."""
        number, place = _note(tokens[index])
        label = _label(env, message("Footnote %(number)s"), number=number)
        return (
            f'<sup class="footnote-ref"><a id="fnref:{place}" href="#fn:{number}" role="doc-noteref"'
            f' aria-label="{label}">{number}</a></sup>'
        )

    def footnote_block_open(self, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
        """The notes, after the text (DPUB-ARIA doc-endnotes)."""
        label = _label(env, message("Footnotes"))
        return f'<section class="footnotes" role="doc-endnotes" aria-label="{label}">\n<ol>\n'

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
        """The links back to each reference of the note (DPUB-ARIA doc-backlink)."""
        number, place = _note(tokens[index])
        again = tokens[index].meta.get("subId", 0)
        said = (
            message("Back to reference %(number)s, place %(place)s")
            if again
            else message("Back to reference %(number)s")
        )
        label = _label(env, said, number=number, place=again + 1)
        return f' <a class="footnote-back" href="#fnref:{place}" role="doc-backlink" aria-label="{label}">↩</a>'


def _named(title: list[Token]) -> list[Token]:
    """``title``; a translated label if it is the default title of its kind."""
    said = title[0].content if len(title) == 1 and title[0].type == "text" else ""
    return [Token("label", "", 0, content=said)] if said in KIND_NAMES else title


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
    """A picture with its size, so that it keeps its place while it loads."""
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


def _formula(latex: str, env: Any, *, is_block: bool) -> str:
    """Return a placeholder for a formula, or its source if it cannot be shown (``formulas.find_faults`` says why)."""
    try:
        return str(env["placeholders"].drawing(to_mathml(latex, is_block=is_block)))
    except NotAFormula:
        return f'<code class="formula-source">{escape(latex, quote=False)}</code>'


def _label(env: Any, text: str, **values: object) -> str:
    """A placeholder for the message ``text``, which is translated later."""
    placeholders: Placeholders = env["placeholders"]
    return placeholders.label(text, **values)


def _diagram(asset: Asset, env: Any) -> str:
    """Return a placeholder for a diagram."""
    placeholders: Placeholders = env["placeholders"]
    return placeholders.drawing(
        parse_svg(asset.name, asset.svg or "", prefix=f"diagram-{placeholders.drawings + 1}:").markup
    )
