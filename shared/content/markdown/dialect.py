"""The Markdown dialect of articles: CommonMark and the plugins listed in docs/authoring.md."""

from __future__ import annotations

import logging
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from mdit_py_plugins.attrs import attrs_plugin
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.footnote.index import footnote_def
from mdit_py_plugins.gfm_autolink import gfm_autolink_plugin

from shared.content.markdown.containers import notes_plugin, tabs_plugin
from shared.content.markdown.formulas import formulas_plugin
from shared.content.markdown.quick.first_characters import use_first_characters
from shared.content.markdown.quick.ordinary_text import use_ordinary_text
from shared.content.markdown.quick.plain_ends import use_plain_ends
from shared.content.markdown.quick.plain_links import PlainLinks
from shared.content.markdown.renderer import ArticleRenderer

#: Attributes that `{#id .class}` may set. `style` and `on…` are not among them.
ATTRIBUTES = ("class", "height", "id", "lang", "width")


@cache
def dialect() -> MarkdownIt:
    """The one parser of the process. It keeps no state between parses."""
    # markdown-it-py logs every rule for every line at DEBUG, which would hide this project's events.
    logging.getLogger("markdown_it").setLevel(logging.INFO)
    parser = PlainLinks("commonmark").enable(["table", "strikethrough"])
    parser.use(footnote_plugin)
    parser.block.ruler.at("footnote_def", _outer_footnote, {"alt": ["paragraph", "reference"]})
    parser.use(deflist_plugin).use(notes_plugin).use(tabs_plugin)
    parser.use(gfm_autolink_plugin).use(formulas_plugin)
    parser.use(attrs_plugin, allowed=ATTRIBUTES)
    use_first_characters(parser)
    use_plain_ends(parser)
    use_ordinary_text(parser)
    # Plugins add rules to the renderer, so ours replaces it afterwards; it reads everything from the tokens.
    parser.renderer = ArticleRenderer(parser)
    return parser


def _outer_footnote(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:  # noqa: FBT001 - a rule
    """Parse a footnote definition unless it is inside another one, where the plugin would lose tokens.

    One that is not indented is not inside: it ends the one before it, with no blank line between them.
    """
    if state.env.get("is_in_footnote"):
        is_below = silent and state.sCount[start_line] < state.blkIndent
        return is_below and footnote_def(state, start_line, end_line, silent)
    state.env["is_in_footnote"] = True
    try:
        return footnote_def(state, start_line, end_line, silent)
    finally:
        state.env["is_in_footnote"] = False
