"""The opening of a body in plain text: the summary of an article without one. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from markdown_it.token import Token

from shared.content.markdown.dialect import dialect
from shared.content.markdown.text import plain_text

#: The longest opening in characters; a longer one is cut between words.
MAX_CHARS = 500
#: A first paragraph shorter than this says too little: the following ones are added.
ENOUGH_CHARS = 25
#: Characters to read in search of a first paragraph; of a body that begins with a longer table, all of it.
_NEAR = 8_000

#: The mark that ends an article's excerpt, in all tools that articles come from.
_MARK = re.compile(
    r"<!--+[ \t]*(?:more|truncate|excerpt|end[-_ ]?excerpt|excerpt[-_ ]?end|read[-_ ]?more|pelican_end_summary)"
    r"[ \t]*/?--+>",
    re.IGNORECASE,
)
_DEFINITION = re.compile(r"^ {0,3}\[[^\]\n]+\]:[ \t]*\S.*$", re.MULTILINE)


def has_excerpt_mark(body: str) -> bool:
    """Whether ``body`` has an excerpt mark."""
    return _excerpt(body) is not None


def opening(body: str) -> str:
    """The text before the excerpt mark of ``body``, else its first paragraph, with the next ones while that is short.

    Without paragraphs of its own: the paragraphs in its lists, quotations and notes; "" without any text.
    """
    marked = _excerpt(body)
    if marked is not None and (text := " ".join(_paragraphs(marked))):
        return _cut(text)
    near = body if len(body) <= _NEAR else body[: body.rfind("\n\n", 0, _NEAR) + 1]
    for part in dict.fromkeys((near, body)):
        # Links may be defined anywhere, mostly at the end.
        definitions = "\n".join(_DEFINITION.findall(body, len(part)))
        tokens = dialect().parse(f"{part}\n\n{definitions}")
        if first := _enough(_paragraphs(tokens)):
            return _cut(first)
    return _cut(_enough(_paragraphs(tokens, is_nested=True)))


def _enough(paragraphs: Iterable[str]) -> str:
    """The first paragraphs that are long enough together."""
    text = ""
    for paragraph in paragraphs:
        text = f"{text} {paragraph}".lstrip()
        if len(text) >= ENOUGH_CHARS:
            break
    return text


def _excerpt(body: str) -> Sequence[Token] | None:
    """The tokens before the first mark outside of samples; ``None`` if there is none."""
    if "<!--" not in body:
        return None
    for mark in _MARK.finditer(body):
        tokens = dialect().parse(body[: mark.end()])
        last = next((token for token in reversed(tokens) if token.content), None)
        if last is not None and last.type in {"html_block", "inline"} and last.content.rstrip().endswith(mark[0]):
            children = last.children or ()
            if last.type == "html_block" or (children and children[-1].type == "html_inline"):
                return tokens
    return None


def _paragraphs(tokens: Sequence[Token], *, is_nested: bool = False) -> Iterator[str]:
    """The text of each paragraph outside of lists, quotations, notes and tables; with ``is_nested``, of any."""
    for token, following in pairwise(tokens):
        if token.type == "paragraph_open" and (is_nested or not token.level):
            text = plain_text([one for one in following.children or () if one.type != "image"])
            if text and any(map(str.isalnum, text)):
                yield text


def _cut(text: str) -> str:
    if len(text) <= MAX_CHARS:
        return text
    return f"{text[:MAX_CHARS].rpartition(' ')[0] or text[:MAX_CHARS]}…"
