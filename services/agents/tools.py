"""The two tools of the site: ``search`` finds articles, ``read`` gives one of them, or one section, as text.

A bad argument is a result with ``isError``, which the calling model can read and correct.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from services.agents.markdown_version import one_line
from services.agents.protocol import BadCall, Json, Server
from shared.content.article import Article, Block, Section
from shared.content.library import LibraryView
from shared.search.contract import MAX_QUERY_CHARS, Hit, Marked, SearchQuery, SearchResults
from shared.search.parameters import clean_text
from shared.text.nearest import nearest

DEFAULT_LIMIT, MAX_LIMIT = 5, 20

_TEXT = {"type": "string"}
_SECTION = {"section": _TEXT, "heading": _TEXT, "url": _TEXT, "snippet": _TEXT}
_ARTICLE = {"slug": _TEXT, "title": _TEXT, "url": _TEXT, "summary": _TEXT, "published": _TEXT}
#: JSON Schema of what ``search`` returns (see ``_search``).
_FOUND = {
    "type": "object",
    "properties": {
        "total": {"type": "integer", "description": "articles that match, of which the first are listed"},
        "articles": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    **_ARTICLE,
                    "tags": {"type": "array", "items": _TEXT},
                    "sections": {"type": "array", "items": {"type": "object", "properties": _SECTION}},
                },
                "required": [*_ARTICLE],
            },
        },
    },
    "required": ["total", "articles"],
}
_READ_ONLY = {"readOnlyHint": True, "destructiveHint": False, "idempotentHint": True, "openWorldHint": False}
_BACKTICKS = re.compile(r"`{3,}")


class ToolError(Exception):
    """A call cannot be answered as it is; the message says what to change."""


@dataclass(frozen=True, slots=True)
class Source:
    """The site as the tools see it.

    ``search`` raises ToolError for a rejected query; ``markdown`` returns the Markdown of an article.
    """

    view: LibraryView
    base_url: str
    search: Callable[[SearchQuery], Awaitable[SearchResults]]
    markdown: Callable[[Article], Awaitable[bytes]]
    max_query_chars: int = MAX_QUERY_CHARS


def make_server(source: Source) -> Server:
    """The tools over ``source``."""
    site = source.view.site
    about = one_line(site.description or site.tagline or site.title)
    return Server(
        title=site.title,
        instructions=f"Articles of {one_line(site.title)}: {about} Search, read what was found, and cite its URL.",
        tools=(_search_tool(source), _read_tool()),
        call=partial(_call, source),
    )


def _search_tool(source: Source) -> Json:
    return {
        "name": "search",
        "title": "Search the articles",
        "description": f"Full-text search of {one_line(source.view.site.title)}. "
        'A query may hold "exact phrases", -excluded words and tag:name. '
        "Returns articles, best first, with the sections that match.",
        "inputSchema": {
            "type": "object",
            "properties": {
                "query": {"type": "string", "minLength": 1, "maxLength": source.max_query_chars},
                "limit": {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
            },
            "required": ["query"],
        },
        "outputSchema": _FOUND,
        "annotations": _READ_ONLY,
    }


def _read_tool() -> Json:
    return {
        "name": "read",
        "title": "Read an article",
        "description": "The text of one article or page as Markdown, or of one of its sections.",
        "inputSchema": {
            "type": "object",
            "properties": {
                "slug": {"type": "string", "description": "a slug that search returned, or the address of an article"},
                "section": {
                    "type": "string",
                    "description": "the id of a section that search returned, or its heading",
                },
            },
            "required": ["slug"],
        },
        "annotations": _READ_ONLY,
    }


async def _call(source: Source, name: str, arguments: Json) -> Json:
    """The result of one call. Raises BadCall if there is no tool of that name."""
    tool = {"search": _search, "read": _read}.get(name)
    if tool is None:
        raise BadCall(f"there is no tool {name[:100]}: there are search and read")
    try:
        return await tool(source, arguments)
    except ToolError as error:
        return {"content": [{"type": "text", "text": str(error)}], "isError": True}


async def _search(source: Source, arguments: Json) -> Json:
    text = clean_text(_text(arguments, "query"), keep_end=False)
    limit = arguments.get("limit", DEFAULT_LIMIT)
    if not text:
        raise ToolError("query is empty: give the words to search for")
    if len(text) > source.max_query_chars:
        raise ToolError(f"query has {len(text)} characters: at most {source.max_query_chars} are searched for")
    if not isinstance(limit, int) or isinstance(limit, bool) or not 1 <= limit <= MAX_LIMIT:
        raise ToolError(f"limit takes a whole number from 1 to {MAX_LIMIT}")
    found = await source.search(SearchQuery(text, size=limit))
    articles = [_hit(source, hit) for hit in found.hits]
    return {
        "content": [{"type": "text", "text": "\n".join(_lines(found, articles))}],
        "structuredContent": {"total": found.total, "articles": articles},
    }


def _hit(source: Source, hit: Hit) -> dict[str, Any]:
    return {
        "slug": hit.slug,
        "title": _plain(hit.title),
        "url": source.base_url + hit.url,
        "summary": hit.summary,
        "published": hit.published,
        "tags": list(hit.tags),
        "sections": [
            {
                "section": section.anchor,
                "heading": section.heading,
                "url": source.base_url + section.url,
                "snippet": _plain(section.snippet),
            }
            for section in hit.sections
        ],
    }


def _lines(found: SearchResults, articles: list[dict[str, Any]]) -> Iterator[str]:
    """The results as text, for models that do not read structured content."""
    if found.correction:
        yield f'No results for "{found.correction.original}": showing results for "{found.correction.text}".'
    yield f"{found.total} found, {len(articles)} listed." if articles else "Nothing found: try fewer or other words."
    for number, one in enumerate(articles, 1):
        yield f"\n{number}. {one['title']} (slug: {one['slug']}, {one['published']})"
        yield f"   {one['url']}\n   {one['summary']}"
        for section in one["sections"]:
            place = f"{section['heading']} (section: {section['section']})" if section["section"] else "Beginning"
            yield f"   - {place}: {one_line(section['snippet'])}"


async def _read(source: Source, arguments: Json) -> Json:
    article = _find(source, _text(arguments, "slug"))
    section = _text(arguments, "section") if arguments.get("section") is not None else ""
    if section:
        text = await asyncio.to_thread(_section_text, source, article, section)
    else:
        text = (await source.markdown(article)).decode()
    return {"content": [{"type": "text", "text": text}]}


def _find(source: Source, given: str) -> Article:
    """The article or page that a slug or an address names. Raises ToolError."""
    view = source.view
    path = given.strip().removeprefix(source.base_url).partition("#")[0].partition("?")[0].strip("/")
    slug = path.removeprefix("articles/").removesuffix(".md")
    article = view.by_slug.get(slug) or view.pages_by_slug.get(slug)
    if article is None or article.is_draft:
        known = [one.slug for one in (*view.articles, *view.pages) if not one.is_draft]
        guess = nearest(slug[:200], known)
        raise ToolError(
            f'there is no article "{slug[:100]}"' + (f": did you mean {guess}?" if guess else "; search first")
        )
    return article


def _section_text(source: Source, article: Article, wanted: str) -> str:
    """One section and those below it, as text. Blocking; raises ToolError and StaleBody."""
    sections, name = article.body.sections, wanted.strip().removeprefix("#").casefold()
    at = next((at for at, one in enumerate(sections) if name in (one.anchor.casefold(), one.heading.casefold())), None)
    if at is None:
        known = ", ".join(one.anchor for one in sections if one.anchor)
        raise ToolError(f'{article.slug} has no section "{wanted[:100]}"; it has: {known}')
    first = sections[at]
    end = next((end for end in range(at + 1, len(sections)) if sections[end].level <= first.level), len(sections))
    address = f"{source.base_url}{article.url}" + (f"#{first.anchor}" if first.anchor else "")
    parts = [f"From: {one_line(article.title)} <{address}>", *(_section(one) for one in sections[at:end])]
    return "\n\n".join(parts) + "\n"


def _section(section: Section) -> str:
    heading = [f"{'#' * section.level} {section.heading}"] if section.heading else []
    return "\n\n".join([*heading, *map(_block, section.blocks)])


def _block(block: Block) -> str:
    if block.kind == "prose":
        return block.text
    fence = "`" * max((len(run) + 1 for run in _BACKTICKS.findall(block.text)), default=3)
    return f"{fence}{block.language or ''}\n{block.text.rstrip()}\n{fence}"


def _text(arguments: Mapping[str, Any], name: str) -> str:
    value = arguments.get(name)
    if not isinstance(value, str):
        raise ToolError(f"{name} is missing, or not a text")
    return value


def _plain(marked: Marked) -> str:
    return "".join(text for text, _ in marked)
