"""The one table of attributes: what hits are filtered, counted and sorted by besides their text.

Parameters, query syntax, OpenAPI, wire format, columns of the index, masks, facet counts, the filters of the page and
those of its script follow from it. To add one: its front-matter field, an entry here, its place in a template.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal, NamedTuple

from shared.content.article import Article
from shared.content.slug import slugify, tag_slug
from shared.text.messages import message

#: ``keyword``: a name, counted most used first. ``date``: a time, which sorts and is filtered and counted by its year.
#: ``int``: a whole number, which sorts and is filtered and counted by its value.
Kind = Literal["keyword", "date", "int"]
Value = str | int
#: The required values by the name of their attribute, in the order of the table.
Filters = tuple[tuple[str, tuple[Value, ...]], ...]

#: The orders that do not come from the table: best match first, and newest first for a query without words.
RELEVANCE: Final = "relevance"
NEWEST: Final = "newest"


class Keyword(NamedTuple):
    """One keyword of an article: the value for parameters, and the label for people."""

    value: str
    label: str


class Order(NamedTuple):
    """One way to sort by an attribute. Articles without it come last."""

    name: str
    label: str
    is_descending: bool = True


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute of articles.

    ``of`` takes it from an article: keywords for a keyword, else a time or a number, or None. ``parameter`` is its name
    in addresses and in the query syntax (``tag:kafka``), ``name`` that in the echoed query, ``facet`` that among the
    facets, ``heading`` the title of its filters. ``value_of`` converts typed text to the stored value, or None if it is
    invalid.
    """

    name: str
    kind: Kind
    of: Callable[[Article], tuple[Keyword, ...] | datetime | int | None]
    parameter: str
    facet: str
    heading: str
    about: str
    is_many: bool = False
    orders: tuple[Order, ...] = ()
    value_of: Callable[[str], Value | None] = lambda typed: name_of(typed) or None


def name_of(text: str) -> str:
    """``text`` as a value of a parameter: its slug, or its folded words where a slug would be empty."""
    return slugify(text) or " ".join(text.casefold().split())


def year_of(typed: str) -> int | None:
    """Parse ``typed`` as a year, or return None."""
    return int(typed) if len(typed) == 4 and typed.isascii() and typed.isdigit() else None


def number_of(typed: str) -> int | None:
    """Parse ``typed`` as an integer, or return None."""
    return int(typed) if 0 < len(typed) < 10 and typed.isascii() and typed.isdigit() else None


def _tag_of(typed: str) -> str | None:
    return tag_slug(typed) or None


def _series_of(article: Article) -> tuple[Keyword, ...]:
    return (Keyword(article.series.slug, article.series.name),) if article.series else ()


ATTRIBUTES: Final[tuple[Attribute, ...]] = (
    Attribute(
        "tags",
        "keyword",
        lambda article: tuple(Keyword(tag_slug(tag), tag) for tag in article.tags),
        parameter="tag",
        facet="tags",
        heading=message("Tags"),
        about="Tags, all required",
        is_many=True,
        value_of=_tag_of,
    ),
    Attribute(
        "year",
        "date",
        lambda article: article.published,
        parameter="year",
        facet="years",
        heading=message("Years"),
        about="The year of publication",
        orders=(Order(NEWEST, message("Newest")), Order("oldest", message("Oldest"), is_descending=False)),
        value_of=year_of,
    ),
    Attribute(
        "series",
        "keyword",
        _series_of,
        parameter="series",
        facet="series",
        heading=message("Series"),
        about="The slug of a series",
    ),
    Attribute(
        "author",
        "keyword",
        lambda article: tuple(Keyword(name_of(author), author) for author in article.authors),
        parameter="author",
        facet="authors",
        heading=message("Authors"),
        about="The slugs of authors' names, all required",
        is_many=True,
    ),
    Attribute(
        "reviewed",
        "date",
        lambda article: article.reviewed,
        parameter="reviewed",
        facet="reviewed",
        heading=message("Reviewed"),
        about="The year of the last review",
        orders=(Order("reviewed", message("Recently reviewed")),),
        value_of=year_of,
    ),
)
BY_NAME: Final[Mapping[str, Attribute]] = {attribute.name: attribute for attribute in ATTRIBUTES}
BY_PARAMETER: Final[Mapping[str, Attribute]] = {attribute.parameter: attribute for attribute in ATTRIBUTES}
#: What hits can be sorted by: the order and its attribute, which is None for the score.
ORDERS: Final[Mapping[str, tuple[Order, Attribute | None]]] = {
    RELEVANCE: (Order(RELEVANCE, message("Best match")), None),
    **{order.name: (order, attribute) for attribute in ATTRIBUTES for order in attribute.orders},
}
SORTS: Final[tuple[str, ...]] = tuple(ORDERS)


def make_filters(values: Mapping[str, Iterable[Value]]) -> Filters:
    """``values`` by name in the order of the table, each once, without the attributes that have none."""
    wanted = ((one.name, tuple(dict.fromkeys(values.get(one.name, ())))) for one in ATTRIBUTES)
    return tuple((name, chosen) for name, chosen in wanted if chosen)


def filters(**values: Value | tuple[Value, ...]) -> Filters:
    """Filters by attribute name: ``filters(tags=("kafka",), year=2026)``."""
    return make_filters({name: one if isinstance(one, tuple) else (one,) for name, one in values.items()})


def both(first: Filters, second: Filters) -> Filters:
    """Combine two sets of filters: every value is required, so two years match nothing."""
    if not second:
        return first
    one, other = dict(first), dict(second)
    return make_filters({name: (*one.get(name, ()), *other.get(name, ())) for name in one.keys() | other.keys()})


def values_in(attribute: Attribute, article: Article) -> Iterator[Keyword | tuple[int, str]]:
    """The values that ``article`` is filtered and counted by, each with its label."""
    taken = attribute.of(article)
    if isinstance(taken, datetime):
        yield taken.year, str(taken.year)
    elif isinstance(taken, int):
        yield taken, str(taken)
    elif taken is not None:
        yield from taken


def sort_key_of(attribute: Attribute, article: Article) -> int | None:
    """Return the sort key of ``article``: a number, or seconds for a date; None if it has none.

    Seconds are of local time, read as if it were UTC: an engine computes the year from them that the page shows.
    """
    taken = attribute.of(article)
    if isinstance(taken, datetime):
        return int(taken.replace(tzinfo=UTC).timestamp())
    return taken if isinstance(taken, int) else None


def passes(article: Article, wanted: Filters) -> bool:
    """Whether ``article`` has all required values."""
    return all(set(values) <= {value for value, _ in values_in(BY_NAME[name], article)} for name, values in wanted)
