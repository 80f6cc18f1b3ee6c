"""One source file becomes one Article. Pure: path and text in, a complete value out."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from sys import intern
from typing import Any

from shared.content.article import Article, Body, Cover, SeriesPart, shared_lines
from shared.content.markdown import BodyContext, has_excerpt_mark, opening, parse_body
from shared.content.parsing.front_matter import FrontMatter, SeriesTable, Split, parse_front_matter, read_keys
from shared.content.parsing.inputs import ParseInputs
from shared.content.problem import InvalidContent, Problem
from shared.content.slug import (
    RESERVED_PAGE_SLUGS,
    anchorize,
    article_url,
    is_page_source,
    is_slug,
    page_url,
    slugify,
    source_name,
)
from shared.content.versions import declared_versions
from shared.text.digest import digest_of

#: Adults read English non-fiction at 238 words a minute on average (Brysbaert 2019, doi:10.1016/j.jml.2019.104047);
#: technical prose is slower.
WORDS_PER_MINUTE = 220
#: Chinese, Japanese and Korean are counted by characters, at the pace of Medium's reading time.
CHARACTERS_PER_MINUTE = 500
#: Code is skimmed rather than read: its words count half.
CODE_WEIGHT = 0.5
#: Characters counted one by one: kana, Han, Hangul and their punctuation.
_CHARACTER = re.compile(
    "[\u3000-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff01-\uff9d\U00020000-\U0003fffd]"
)
#: A line that opens or closes a block of code.
_FENCE = re.compile(r"\n {0,3}(?:```|~~~)[^\n]*")
#: For each byte of UTF-8: white space, a mark of Markdown that begins no word, or part of a word.
_SHAPE = bytes(ord(" " if bytes([byte]).isspace() else "-" if byte in b"-#|" else "x") for byte in range(256))
#: A fence that may ask to be run. Two patterns, because each begins with a literal, which is fast to search for.
_RUNS = (re.compile("```[^\n]*run"), re.compile("~~~[^\n]*run"))
#: The limit of table cells in a file, counted by their bars. 400,000 cells take 811 MB of memory, 50,000 a tenth.
MAX_CELLS = 50_000

#: Returns the body of an article, or a function that parses it, from its permalink and digest.
MakeText = Callable[[str, str], Body | Callable[[], Body]]

#: No inputs besides the source, and the default rules.
_ALONE = ParseInputs()


def parse_article(
    source: str, text: str, inputs: ParseInputs = _ALONE, *, make_text: MakeText | None = None
) -> Article:
    """The article (or page) in ``text``, whose file is ``source`` below the content directory.

    The body is parsed, or made by ``make_text``. Raises InvalidContent with every problem of the front matter; problems
    of the text are in ``Body.problems``.
    """
    try:
        return _parse(source, text, inputs, make_text)
    except InvalidContent:
        raise
    except Exception as error:  # an unexpected fault in one article must not fail the whole load
        raise InvalidContent([_defect(source, error)]) from error


def _defect(source: str, error: Exception) -> Problem:
    message = f"this article cannot be read ({type(error).__name__}: {error}): please report it as a defect"
    return Problem(source, 1, message)


def check_size(source: str, text: str) -> None:
    """Reject a table that no browser displays well and whose layout takes gigabytes. Raises InvalidContent."""
    cells = text.count("|")
    if cells > MAX_CELLS:
        message = (
            f"this file has about {cells:,} table cells, and {MAX_CELLS:,} are shown: offer the table as a download"
        )
        raise InvalidContent([Problem(source, 1, message)])


def _parse(source: str, text: str, inputs: ParseInputs, make_text: MakeText | None) -> Article:
    check_size(source, text)
    split = parse_front_matter(source, text, inputs.rules, is_page=is_page_source(source))
    slug = _slug(source, split.front_matter)
    url = page_url(slug) if is_page_source(source) else article_url(slug)
    digest = article_digest(source, text, inputs)
    body = make_text(url, digest) if make_text else parse_text(source, url, text, inputs)
    return _article(source, slug, split, body, digest=digest, inputs=inputs)


def parse_text(source: str, url: str, text: str, inputs: ParseInputs, *, wants_html: bool = True) -> Body:
    """Parse the body of a source with valid front matter, with or without HTML.

    Raises InvalidContent if the parser fails on it.
    """
    keys, text, body_line = read_keys(source, text)
    title = keys.get("title")
    context = BodyContext(
        source,
        url,
        first_line=body_line,
        assets=inputs.assets,
        verified=inputs.verified,
        title=title if isinstance(title, str) else "",
        heading_ids=inputs.rules.heading_ids,
        included=inputs.included,
    )
    try:
        body = parse_body(text, context, wants_html=wants_html)
    except Exception as error:  # see parse_article
        raise InvalidContent([_defect(source, error)]) from error
    missing = tuple(_missing_summary(source, keys, text))
    return replace(body, problems=(*missing, *body.problems)) if missing else body


def _missing_summary(source: str, keys: Mapping[str, Any], body: str) -> Iterator[Problem]:
    """A warning for a visible article whose summary was made from its text."""
    if keys.get("summary") is None and not keys.get("draft") and not is_page_source(source):
        used = "the text before the excerpt mark" if has_excerpt_mark(body) else "the first paragraph"
        message = f"summary is missing, so {used} is shown: add one or two sentences that say what a reader learns"
        yield Problem(source, 1, message, "warning")


def article_digest(source: str, text: str, inputs: ParseInputs) -> str:
    """The digest of everything that an article is made from. It needs no parse.

    The record of runs is included if a source may have samples to run; whether it has, only a parse can tell.
    """
    assets, verified = inputs.assets, inputs.verified
    return digest_of(
        declared_versions(),
        inputs.rules.key,
        source,
        text,
        *(part for name in sorted(assets) for part in (name, assets[name].digest)),
        *(f"{name}{verified[name]}" for name in sorted(verified) if may_run(text)),
        *(part for name in sorted(inputs.included) for part in ("include", name, inputs.included[name])),
    )


def may_run(text: str) -> bool:
    """Whether a block of code in ``text`` may be one that can be run."""
    return any(looks.search(text) for looks in _RUNS)


def _article(
    source: str, slug: str, split: Split, text: Body | Callable[[], Body], *, digest: str, inputs: ParseInputs
) -> Article:
    front = split.front_matter
    prose, characters, code = count_words(split.body)
    code += sum(len(one.split()) for one in inputs.included.values())
    title = front.title or _title_of_draft(source, text)
    return Article(
        slug=slug,
        title=title,
        summary=front.summary or opening(split.body) or ("" if front.draft or is_page_source(source) else title),
        published=front.published,
        updated=front.updated,
        expires=front.expires,
        reviewed=front.reviewed,
        tags=tuple(map(intern, front.tags)),  # as many articles have them
        series=_series(front.series) if front.series else None,
        is_featured=front.featured,
        is_draft=front.draft,
        aliases=tuple(front.aliases),
        authors=tuple(front.authors) or ((front.author,) if front.author else ()),
        language=front.language,
        cover=Cover(front.cover.src, front.cover.alt) if front.cover else None,
        has_toc=front.toc,
        extra=front.extra,
        text=text,
        word_count=prose + characters + code,
        reading_minutes=max(1, math.ceil(_minutes(prose, characters, code))),
        source=source,
        digest=digest,
        lines=shared_lines(split.lines),
    )


def _title_of_draft(source: str, text: Body | Callable[[], Body]) -> str:
    """The first heading, or the name of the file: only a draft may have no title."""
    sections = (text if isinstance(text, Body) else text()).sections
    return next((section.heading for section in sections if section.heading), source_name(source))


def _series(table: SeriesTable) -> SeriesPart:
    return SeriesPart(table.name, slugify(table.name) or anchorize(table.name), table.part)


def _slug(source: str, front: FrontMatter) -> str:
    """The chosen slug, or one made from the file's name. Raises InvalidContent if neither gives one."""
    slug = front.slug or slugify(source_name(source))
    if not is_slug(slug):
        raise InvalidContent([Problem(source, 1, f"{source_name(source)!r} gives no slug: add slug: my-article")])
    if is_page_source(source) and slug in RESERVED_PAGE_SLUGS:
        raise InvalidContent([Problem(source, 1, f"/{slug}/ is an address of the site itself: choose another slug")])
    return slug


def _minutes(prose: int, characters: int, code: int) -> float:
    return (prose + code * CODE_WEIGHT) / WORDS_PER_MINUTE + characters / CHARACTERS_PER_MINUTE


def count_words(body: str) -> tuple[int, int, int]:
    """Count words of prose, characters of Chinese, Japanese and Korean prose, and words of code in Markdown.

    An estimate without a parse. Marks of lists, headings and tables that stand alone are not counted.
    """
    prose, characters, code = f"\n{body}", 0, 0
    if "```" in body or "~~~" in body:
        # Each piece after the first begins with the end of a line, so joining makes no word.
        pieces = _FENCE.split(prose)
        prose, code = "".join(pieces[::2]), _count_words("".join(pieces[1::2]))
    if not prose.isascii():
        prose, characters = _CHARACTER.subn(" ", prose)
    return _count_words(prose) - prose.count("\n* "), characters, code


def _count_words(text: str) -> int:
    """Count the starts of words, which takes less time than splitting the text."""
    return (b" " + text.encode("utf-8", "replace")).translate(_SHAPE).count(b" x")
