"""Front matter: the table at the top of an article, split off and validated. Pure; does not depend on Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo
from typing import Annotated, Any
from urllib.parse import unquote

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, ValidationInfo

from shared.content.parsing.toml_syntax import read_toml
from shared.content.parsing.validation import Table, show, validate_table
from shared.content.parsing.yaml_syntax import read_yaml
from shared.content.problem import InvalidContent, Problem
from shared.content.rules import ParseRules
from shared.content.slug import author_slug, is_slug, tag_slug
from shared.content.synonyms import advice, own_key
from shared.text.nearest import nearest

_REQUIRED = {
    "title": "the title of the article",
    "published": "a date such as 2026-01-12",
}
#: The line that ends the front matter, by the line that begins it.
_CLOSING = {fence: re.compile(rf"^{re.escape(fence)}[ \t]*$\n?", re.MULTILINE) for fence in ("---", "+++")}
_DATE_HELP = "a date (2026-01-12) or a date with time (2026-01-12T09:00:00, or with a zone, …+02:00)"
#: The longest tag: it must fit on one line of a list.
MAX_TAG_CHARS = 80
#: The default rules of a site.
_USUAL = ParseRules()


def parse_timestamp(value: object, zone: tzinfo) -> datetime:
    """A date (midnight in ``zone``) or a date with time, as an aware time in ``zone``. Raises ValueError with the fix.

    A time without a zone is in ``zone``.
    """
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value) if len(value) > len("2026-01-12") else date.fromisoformat(value)
        except ValueError:
            raise ValueError(f"{show(value)} is not {_DATE_HELP}") from None
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime.combine(value, time(), zone)
    if not isinstance(value, datetime):
        raise ValueError(f"{show(value)} is not {_DATE_HELP}")  # noqa: TRY004 - pydantic turns it into a problem
    aware = value if value.tzinfo else value.replace(tzinfo=zone)
    if aware.tzinfo is zone is UTC:
        return aware
    try:
        # Feeds and indices write every time in UTC too.
        return aware.astimezone(UTC).astimezone(zone)
    except OverflowError:
        raise ValueError(f"{aware.isoformat()} is outside of the years 1 to 9999 in UTC") from None


def _parse_timestamp(value: object, info: ValidationInfo) -> datetime:
    return parse_timestamp(value, (info.context or _USUAL).zone)


def _check_slug(value: str) -> str:
    if not is_slug(value):
        raise ValueError(
            f"{show(value)} is not a slug: lower-case letters, digits and single hyphens, as in my-article"
        )
    return value


def _read_tag(value: object) -> object:
    # A year is a good tag, and YAML parses it as a number.
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _check_tag(value: str) -> str:
    label = " ".join(value.split())
    if not tag_slug(label) or len(label) > MAX_TAG_CHARS or not label.isprintable():
        raise ValueError(
            f"{show(value)} is not a tag: a few words with a letter or a digit, as in Machine Learning or C#"
        )
    return label


def _check_tags(value: list[str]) -> list[str]:
    first: dict[str, str] = {}
    for tag in value:
        other, first[tag_slug(tag)] = first.get(tag_slug(tag)), tag
        if other == tag:
            raise ValueError(f"{show(tag)} is there twice: keep one")
        if other is not None:
            raise ValueError(f"{show(other)} and {show(tag)} share an address: keep one")
    return value


def _read_author(value: object) -> object:
    if isinstance(value, list):
        raise ValueError(f"several authors stand under authors: write authors: {show(value)}")  # noqa: TRY004 - see above
    return value


def _check_authors(value: list[str]) -> list[str]:
    if len(set(map(author_slug, value))) < len(value):
        raise ValueError(f"{show(value)} names an author twice")
    return value


def check_alias(value: str) -> str:
    """The decoded path that ``value`` writes, if it can be an old path of the site. Raises ValueError."""
    # As copied from an address bar, or as read: requests are compared with the decoded path.
    path = unquote(value)
    if not re.fullmatch(r"(?:/[^/?#\s]+(?: +[^/?#\s]+)*)+/?", value) or not path.isprintable():
        raise ValueError(f"{show(value)} is not a path of this site, as in /old/path/")
    return path


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Timestamp = Annotated[datetime, BeforeValidator(_parse_timestamp)]
Tag = Annotated[str, BeforeValidator(_read_tag), AfterValidator(_check_tag)]
Alias = Annotated[str, AfterValidator(check_alias)]
Language = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]


class SeriesTable(Table):
    """``series``: its name, and the place of the article in it."""

    name: Text = Field(description="text")
    part: int = Field(ge=1, le=1_000_000, description="a whole number from 1 to 1,000,000")


class CoverTable(Table):
    """``cover``: the picture of the article and its text."""

    src: Text = Field(description="the name of a file beside the article, or a path of the site")
    alt: Text = Field(description="text: what the picture shows")


class FrontMatter(Table):
    """Validated front matter. Times are aware; fields that a draft leaves out are ``None``."""

    title: Text | None = Field(None, description="text")
    summary: Text | None = Field(None, description="text")
    published: Timestamp | None = Field(None, description=_DATE_HELP)
    updated: Timestamp | None = Field(None, description=_DATE_HELP)
    expires: Timestamp | None = Field(None, description=_DATE_HELP)
    reviewed: Timestamp | None = Field(None, description=_DATE_HELP)
    slug: Annotated[str, AfterValidator(_check_slug)] | None = Field(None, description="text")
    tags: Annotated[list[Tag], AfterValidator(_check_tags)] = Field(
        default_factory=list,
        description="a list of names, as in [databases, Machine Learning]",
        json_schema_extra={"item": "text"},
    )
    series: SeriesTable | None = Field(None, description="a table with name and part")
    featured: bool = Field(default=False, description="true or false")
    draft: bool = Field(default=False, description="true or false")
    toc: bool = Field(default=True, description="true or false")
    aliases: list[Alias] = Field(
        default_factory=list, description="a list of old paths, as in [/old/path/]", json_schema_extra={"item": "text"}
    )
    author: Annotated[Text | None, BeforeValidator(_read_author)] = Field(None, description="text")
    authors: Annotated[list[Text], AfterValidator(_check_authors)] = Field(
        default_factory=list,
        description="a list of names, as in [Ada Writer, Ben Reader]",
        json_schema_extra={"item": "text"},
    )
    language: Language | None = Field(None, description="a language code, as in en or pt-BR")
    cover: CoverTable | None = Field(None, description="a table with src and alt")
    extra: dict[str, Any] = Field(default_factory=dict, description="a table of the site's own keys")


@dataclass(frozen=True, slots=True)
class Split:
    """A source file cut in two. ``lines`` has the line of each key; the body starts on ``body_line``."""

    front_matter: FrontMatter
    lines: Mapping[str, int]
    body: str
    body_line: int


def parse_front_matter(source: str, text: str, rules: ParseRules = _USUAL, *, is_page: bool = False) -> Split:
    """The front matter and the rest of ``text``. A page needs no ``published``.

    Raises InvalidContent with every problem found: no or unclosed front matter, not YAML or TOML, wrong keys or values.
    """
    block, body, body_line = split_source(source, text)
    data, lines = _read(source, text, block)
    return Split(_validate(source, data, lines, rules, is_page=is_page), lines, body, body_line)


def read_keys(source: str, text: str) -> tuple[Mapping[str, Any], str, int]:
    """The keys of valid front matter as written, the body, and the line on which it starts."""
    block, body, body_line = split_source(source, text)
    return _read(source, text, block)[0], body, body_line


def _read(source: str, text: str, block: str) -> tuple[dict[str, Any], dict[str, int]]:
    return (read_yaml if text.removeprefix("\ufeff").startswith("-") else read_toml)(source, block)


def split_source(source: str, text: str) -> tuple[str, str, int]:
    """The block of front matter in ``text``, the body after it, and the line on which the body starts.

    Raises InvalidContent if there is no front matter or it is never closed.
    """
    opening, _, rest = text.removeprefix("\ufeff").replace("\r\n", "\n").partition("\n")
    fence = opening.rstrip()
    if fence not in _CLOSING:
        raise InvalidContent([Problem(source, 1, "there is no front matter: start the file with a line of ---")])
    closing = _CLOSING[fence].search(rest)
    if closing is None:
        raise InvalidContent([Problem(source, 1, f"the front matter is never closed: end it with a line of {fence}")])
    block = rest[: closing.start()]
    return block, rest[closing.end() :], block.count("\n") + 3


def _validate(
    source: str, data: dict[str, Any], lines: dict[str, int], rules: ParseRules, *, is_page: bool
) -> FrontMatter:
    """The table as FrontMatter. Raises InvalidContent with all invalid and missing keys together."""
    problems: list[Problem] = []
    # Hugo, Zola and Jekyll write `date`: their articles need no edit.
    if "date" in data:
        if "published" in data:
            problems.append(Problem(source, lines["date"], "date is another name of published: keep one of them"))
        lines["published"] = lines.pop("date")
        data["published"] = data.pop("date")
    # A misspelt draft ("true" in quotes) is still meant as one: report its value, not its missing keys.
    if data.get("draft", False) is False:
        problems += _missing(source, data, lines, optional={"published"} if is_page else set())
    try:
        front_matter = validate_table(FrontMatter, data, source=source, lines=lines, context=rules, advice=advice)
    except InvalidContent as error:
        raise InvalidContent(sorted([*problems, *error.problems])) from error
    if front_matter.author and front_matter.authors:
        problems.append(Problem(source, lines["author"], "author and authors say the same: keep authors"))
    published, expires = front_matter.published, front_matter.expires
    if published and expires and expires.astimezone(UTC) <= published.astimezone(UTC):
        problems.append(Problem(source, lines["expires"], "expires is not after published: nobody would ever see it"))
    if problems:
        raise InvalidContent(sorted(problems))
    return front_matter


def _missing(source: str, data: Mapping[str, Any], lines: Mapping[str, int], optional: set[str]) -> Iterator[Problem]:
    """The required keys that are missing; one that is present under a misspelt name is reported by that name alone."""
    missing = [key for key in _REQUIRED if data.get(key) is None and key not in optional]
    if not missing:
        return
    known = tuple(FrontMatter.model_fields)
    misspelt = {own_key(key) or nearest(key, known) for key in data if key not in known}
    for key in missing:
        if key not in misspelt:
            yield Problem(source, lines.get(key, 1), f"{key} is missing: add {_REQUIRED[key]}, or draft: true")
