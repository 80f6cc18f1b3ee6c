"""Leave a text whose lines end with line feeds as it is: the library writes every line end again.

Does not depend on the dialect of this project.
"""

from __future__ import annotations

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore, normalize


def use_plain_ends(parser: MarkdownIt) -> None:
    """Make ``parser`` normalise only texts with a carriage return or NUL."""
    parser.core.ruler.at("normalize", _normalize)


def _normalize(state: StateCore) -> None:
    """Replaces the library's rule of this name."""
    if "\r" in state.src or "\0" in state.src:
        normalize(state)
