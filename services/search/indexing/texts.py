"""Article → ArticleText: the text of an article by field, the input of every engine. Does not depend on an engine.

The text of an article is a sequence of runs in reading order: title, summary, tags, headings, blocks and the texts of
links to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from services.search import schema
from services.search.text.tokens import surfaces_of
from shared.content.article import Article, Section
from shared.content.slug import anchorize, github_anchor

#: The control character that begins a run of text. White space to the analyzer; no run has one in its text.
LINK_MARK, HEADING_MARK, PROSE_MARK, CODE_MARK = "\x1c", "\x1d", "\x1e", "\x1f"
MARKS = (LINK_MARK, HEADING_MARK, PROSE_MARK, CODE_MARK)
_UNCLEAN = (*MARKS, "\x00")
_WORD = re.compile(r"\w+")
_CLEAN = {ord(char): " " for char in _UNCLEAN}


class Run(NamedTuple):
    """One title, summary, tag, heading, block or link text.

    ``field`` is a field number of the schema, ``mark`` the control character of its kind, and ``code_spans`` the ranges
    of ``text`` that are code within prose.
    """

    mark: str
    text: str
    field: int
    code_spans: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class ArticleText:
    """The runs of ``article``. ``first_runs`` has the index of the first run of each of its sections."""

    article: Article
    runs: tuple[Run, ...]
    first_runs: tuple[int, ...]

    def by_field(self) -> dict[str, str]:
        """The text of each field of the schema, with a line for each run."""
        lines: dict[str, list[str]] = {field.name: [] for field in schema.FIELDS}
        for run in self.runs:
            lines[schema.FIELDS[run.field].name].append(run.text)
        return {name: "\n".join(own) for name, own in lines.items()}


def text_of(article: Article) -> ArticleText:
    """The text of ``article`` by field."""
    texts = _texts_by_anchor(article)
    runs = [Run(HEADING_MARK, article.title, schema.TITLE), Run(PROSE_MARK, article.summary, schema.SUMMARY)]
    runs += [Run(PROSE_MARK, tag, schema.TAGS) for tag in article.tags]
    runs += [Run(LINK_MARK, text, schema.LINKS) for text in texts.pop("", ())]
    first_runs: list[int] = []
    for section in article.body.sections:
        first_runs.append(len(runs))
        runs += _runs_of(section)
        runs += [Run(LINK_MARK, text, schema.LINKS) for text in texts.get(section.anchor, ())]
    return ArticleText(article, tuple(_cleaned(runs)), tuple(first_runs))


def _runs_of(section: Section) -> Iterator[Run]:
    if section.heading:
        yield Run(HEADING_MARK, section.heading, schema.HEADINGS)
    for block in section.blocks:
        if block.kind == "code":
            yield Run(CODE_MARK, block.text, schema.CODE)
        else:
            yield Run(PROSE_MARK, block.text, schema.BODY, block.code_spans)
    for text in _chosen_name(section):
        yield Run(LINK_MARK, text, schema.LINKS)


def _cleaned(runs: list[Run]) -> list[Run]:
    """``runs`` without marks in their texts. Hardly any article has one, so all texts are searched at once."""
    text = "".join([run.text for run in runs])
    if not any(char in text for char in _UNCLEAN):
        return runs
    return [run._replace(text=run.text.translate(_CLEAN)) for run in runs]


def _chosen_name(section: Section) -> tuple[str, ...]:
    """The words of an anchor that was chosen rather than made of the heading: ``{#setup}`` of "A throwaway cluster"."""
    words = section.anchor.replace("_", "-").split("-")
    # Most anchors consist of the words of the heading, and comparing these is much cheaper than making the anchor.
    if not section.heading or not set(words).difference(_WORD.findall(section.heading.casefold())):
        return ()
    if section.anchor.startswith((anchorize(section.heading), github_anchor(section.heading))):
        return ()
    in_heading = {*anchorize(section.heading).split("-"), *surfaces_of(section.heading)}
    is_new = any(word.isalpha() and word not in in_heading for word in words)
    return (" ".join(words),) if is_new else ()


def _texts_by_anchor(article: Article) -> dict[str, list[str]]:
    """The link texts of each section by its anchor; those to the article or to an unknown section are under ""."""
    anchors = {section.anchor for section in article.body.sections} if article.link_texts else set()
    found: dict[str, list[str]] = {}
    for link in article.link_texts:
        found.setdefault(link.anchor if link.anchor in anchors else "", []).append(link.text)
    return found
