"""Links, pictures and raw HTML of a body: collected with their lines, and rewritten for the page.

Tokens are changed in place, once, before they are rendered; ids that authors choose outside headings are kept if free.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from markdown_it.token import Token

from shared.content.article import Link, Picture
from shared.content.folder.asset import Asset
from shared.content.markdown.text import plain_text
from shared.content.parsing.sanitize import RawHtml
from shared.content.parsing.target import asset_target, is_external, site_target
from shared.content.problem import Problem
from shared.content.slug import is_anchor
from shared.text.nearest import nearest


@dataclass(slots=True)
class References:
    """References collected from a body.

    ``url`` is the address of the article, ``source`` the path of its file, ``ids`` those taken.
    """

    url: str
    source: str
    assets: Mapping[str, Asset]
    ids: set[str]
    links: list[Link] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    #: Parts that the page cannot show, by name: the first line, what to do, how often.
    _dropped: dict[str, tuple[int, str, int]] = field(default_factory=dict)
    #: The lines of the elements of raw HTML that are open, by tag.
    _open: dict[str, list[int]] = field(default_factory=dict)

    def dropped(self) -> Iterator[Problem]:
        """One warning for each kind of element and attribute that the page cannot show, with its first line.

        One for each kind of element that is never closed, too: all the text below it is inside.
        """
        for tag, lines in self._open.items():
            if lines:
                message = f"<{tag}> is never closed, so the text below it is inside it: write </{tag}> where it ends"
                yield Problem(self.source, lines[0], message, "warning")
        for name, (line, advice, count) in self._dropped.items():
            times = f" ({count} times in this article)" if count > 1 else ""
            yield Problem(self.source, line, f"{name} is not carried{times}: {advice}", "warning")

    def collect(self, tokens: Sequence[Token], first_line: int) -> None:
        """Walk all tokens. ``first_line`` is the line of the file on which the body starts."""
        line = first_line
        for index, token in enumerate(tokens):
            if token.map:
                line = token.map[0] + first_line
            if token.type == "html_block":
                self._filter_raw(token, line)
            elif token.type == "inline" and token.children:
                below = 0
                for child in token.children:
                    if child.attrs or child.type == "html_inline":
                        at, below = line + below, below + child.content.count("\n")
                        self._visit(child, at)
                    elif child.type in {"softbreak", "hardbreak"}:
                        below += 1
                self._mark_figure(tokens, index)

    def _visit(self, token: Token, line: int) -> None:
        if token.type == "html_inline":
            self._filter_raw(token, line)
            return
        self._claim_id(token.attrs)
        if token.type == "link_open":
            self._link(token.attrs, line)
        elif token.type == "image":
            token.meta["asset"] = self._picture(token.attrs, plain_text(token.children), line)

    def _claim_id(self, attributes: MutableMapping[str, Any]) -> None:
        """Keep an author's id unless a heading or an earlier element has it."""
        chosen = attributes.get("id")
        if chosen is None:
            return
        if is_anchor(str(chosen)) and chosen not in self.ids:
            self.ids.add(str(chosen))
        else:
            del attributes["id"]

    def _link(self, attributes: MutableMapping[str, Any], line: int) -> None:
        target = str(attributes["href"])
        self.links.append(Link(target, line))
        if not target:
            message = "the link has no address: write one in the parentheses, as in (/articles/other/)"
            self.problems.append(Problem(self.source, line, message, "warning"))
        attributes["href"] = site_target(target, self.source, self.url)
        if is_external(target):
            attributes["rel"] = "noopener"

    def _picture(self, attributes: MutableMapping[str, Any], alt: str, line: int) -> Asset | None:
        src = str(attributes.get("src", ""))
        self.pictures.append(Picture(src, alt, line))
        attributes["src"] = site_target(src, self.source, self.url)
        if not alt:
            message = f"the picture {src} has no text: say in [brackets] what it shows"
            self.problems.append(Problem(self.source, line, message))
        if is_external(src):
            self._drop("a picture of another site", "put its file beside the article, or link to it", line)
        name = asset_target(src, self.source)
        if name is not None and name not in self.assets:
            self.problems.append(Problem(self.source, line, self._missing(name)))
        elif name is None and src and not src.startswith("/") and not is_external(src):
            message = (
                f"the picture {src} cannot be found: only an article in a folder (NAME/index.md) has files beside it"
            )
            self.problems.append(Problem(self.source, line, message))
        return self.assets.get(name) if name is not None else None

    def _missing(self, name: str) -> str:
        guess = nearest(name, tuple(self.assets))
        return f"there is no file {name} beside the article" + (f": did you mean {guess}?" if guess else "")

    def _filter_raw(self, token: Token, line: int) -> None:
        """Replace raw HTML by the allowed part of it; its text goes to ``meta`` for the sections."""

        def visit(tag: str, attributes: dict[str, str], below: int) -> None:
            self._claim_id(attributes)
            if tag == "a" and "href" in attributes:
                self._link(attributes, line + below)
            elif tag == "img":
                self._picture(attributes, attributes.get("alt", ""), line + below)

        raw = RawHtml(token.content, visit)
        for below, name, advice in raw.dropped:
            self._drop(name, advice, line + below)
        for tag, below in raw.ends:
            if tag[0] != "/":
                self._open.setdefault(tag, []).append(line + below)
            elif self._open.get(tag[1:]):
                self._open[tag[1:]].pop()
        token.content = raw.html
        token.meta["text"] = raw.text

    def _drop(self, name: str, advice: str, line: int) -> None:
        at, first_advice, count = self._dropped.get(name, (line, advice, 0))
        self._dropped[name] = (at, first_advice, count + 1)

    @staticmethod
    def _mark_figure(tokens: Sequence[Token], index: int) -> None:
        """Make a picture alone in its paragraph a figure, without the paragraph."""
        children = tokens[index].children or []
        is_inside = tokens[index].meta.get("is_in_figure", False)
        if (
            not is_inside
            and len(children) == 1
            and children[0].type == "image"
            and tokens[index - 1].type == "paragraph_open"
        ):
            tokens[index - 1].hidden = tokens[index + 1].hidden = True
            children[0].meta["is_figure"] = True
