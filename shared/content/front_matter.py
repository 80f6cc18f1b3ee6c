"""Front matter: the table at the top of an article, split off and validated. Pure; it knows no Markdown and no files."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Annotated, Any

import yaml
from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from shared.content.problem import InvalidContent, Problem
from shared.content.slug import is_slug
from shared.content.validation import Table, nearest, show, validate_table

_REQUIRED = {
    "title": "the title of the article",
    "summary": "one or two sentences that say what a reader learns",
    "published": "a date such as 2026-01-12",
}
_DATE_HELP = "a date (2026-01-12) or a date with time and zone (2026-01-12T09:00:00+02:00)"


def parse_moment(value: object) -> datetime:
    """A date (midnight UTC) or a date with time and zone, as an aware time in UTC. Raises ValueError with the fix."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value) if len(value) > len("2026-01-12") else date.fromisoformat(value)
        except ValueError:
            raise ValueError(f"{show(value)} is not {_DATE_HELP}") from None
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError(f"{value.isoformat()} has no time zone: write {value.isoformat()}Z for UTC")
        return value.astimezone(UTC)
    if isinstance(value, date):
        return datetime.combine(value, time(), UTC)
    raise ValueError(f"{show(value)} is not {_DATE_HELP}")


def _check_slug(value: str) -> str:
    if not is_slug(value):
        raise ValueError(
            f"{show(value)} is not a slug: lower-case letters, digits and single hyphens, as in my-article"
        )
    return value


def _check_tag(value: str) -> str:
    # Tags stand in addresses and in queries (tag:c++): no white space, no slash, one spelling.
    if value != value.lower() or not re.fullmatch(r"[\w.][\w.+#-]*", value):
        raise ValueError(f"{show(value)} is not a tag: one lower-case word, as in kubernetes, c++ or load-testing")
    return value


def _check_tags(value: list[str]) -> list[str]:
    if len(set(value)) < len(value):
        raise ValueError(f"{show(value)} names a tag twice")
    return value


def _check_alias(value: str) -> str:
    if not re.fullmatch(r"(?:/[^/?#\s]+)+/?", value):
        raise ValueError(f"{show(value)} is not a path of this site, as in /old/path/")
    return value


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Moment = Annotated[datetime, BeforeValidator(parse_moment)]
Tag = Annotated[str, AfterValidator(_check_tag)]
Alias = Annotated[str, AfterValidator(_check_alias)]
Language = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]


class SeriesTable(Table):
    """``series``: its name, and the place of the article in it."""

    name: Text = Field(description="text")
    part: int = Field(ge=1, description="a whole number from 1")


class CoverTable(Table):
    """``cover``: the picture of the article and its text."""

    src: Text = Field(description="the name of a file beside the article, or a path of the site")
    alt: Text = Field(description="text: what the picture shows")


class FrontMatter(Table):
    """What an article says of itself. Times are aware and in UTC. What a draft leaves out is ``None``."""

    title: Text | None = Field(None, description='text (in "quotes" when it looks like a number or a date)')
    summary: Text | None = Field(None, description="text")
    published: Moment | None = Field(None, description=_DATE_HELP)
    updated: Moment | None = Field(None, description=_DATE_HELP)
    expires: Moment | None = Field(None, description=_DATE_HELP)
    slug: Annotated[str, AfterValidator(_check_slug)] | None = Field(None, description="text")
    tags: Annotated[list[Tag], AfterValidator(_check_tags)] = Field(
        [], description="a list of lower-case names, as in [databases, messaging]", json_schema_extra={"item": "text"}
    )
    series: SeriesTable | None = Field(None, description="a table with name and part")
    featured: bool = Field(default=False, description="true or false")
    draft: bool = Field(default=False, description="true or false")
    toc: bool = Field(default=True, description="true or false")
    aliases: list[Alias] = Field(
        [], description="a list of old paths, as in [/old/path/]", json_schema_extra={"item": "text"}
    )
    author: Text | None = Field(None, description="text")
    language: Language | None = Field(None, description="a language code, as in en or pt-BR")
    cover: CoverTable | None = Field(None, description="a table with src and alt")
    extra: dict[str, Any] = Field({}, description="a table of the site's own keys")


@dataclass(frozen=True, slots=True)
class Split:
    """A source file cut in two. ``lines`` are those of the keys; ``body_line`` is the line on which the body starts."""

    front_matter: FrontMatter
    lines: Mapping[str, int]
    body: str
    body_line: int


def parse_front_matter(source: str, text: str, *, is_page: bool = False) -> Split:
    """The front matter and the rest of ``text``. A page needs no ``published``.

    Raises InvalidContent with every problem found: no or unclosed front matter, not YAML or TOML, wrong keys or values.
    """
    opening, _, rest = text.removeprefix("\ufeff").replace("\r\n", "\n").partition("\n")
    fence = opening.rstrip()
    if fence not in {"---", "+++"}:
        raise InvalidContent([Problem(source, 1, "there is no front matter: start the file with a line of ---")])
    closing = re.search(rf"^{re.escape(fence)}[ \t]*$\n?", rest, re.MULTILINE)
    if closing is None:
        raise InvalidContent([Problem(source, 1, f"the front matter is never closed: end it with a line of {fence}")])
    block = rest[: closing.start()]
    data, lines = _read_yaml(source, block) if fence == "---" else _read_toml(source, block)
    front_matter = _validate(source, data, lines, is_page=is_page)
    return Split(front_matter, lines, rest[closing.end() :], block.count("\n") + 3)


def _validate(source: str, data: dict[str, Any], lines: dict[str, int], *, is_page: bool) -> FrontMatter:
    """The table as FrontMatter. Raises InvalidContent with what is wrong and what is missing, together."""
    problems: list[Problem] = []
    # Hugo, Zola and Jekyll write `date`: articles that come from there need no edit.
    if "date" in data:
        if "published" in data:
            problems.append(Problem(source, lines["date"], "date is another name of published: keep one of them"))
        lines["published"] = lines.pop("date")
        data["published"] = data.pop("date")
    if data.get("draft") is not True:
        problems += _missing(source, data, optional={"published", "summary"} if is_page else set())
    try:
        front_matter = validate_table(FrontMatter, data, source=source, lines=lines)
    except InvalidContent as error:
        raise InvalidContent(sorted([*problems, *error.problems])) from error
    published, expires = front_matter.published, front_matter.expires
    if published is not None and expires is not None and expires <= published:
        problems.append(Problem(source, lines["expires"], "expires is not after published: nobody would ever see it"))
    if problems:
        raise InvalidContent(sorted(problems))
    return front_matter


def _missing(source: str, data: Mapping[str, Any], optional: set[str]) -> Iterator[Problem]:
    """The required keys that are not there; one that is there under a misspelt name is named by that alone."""
    known = tuple(FrontMatter.model_fields)
    misspelt = {nearest(key, known) for key in data if key not in known}
    for key, what in _REQUIRED.items():
        if data.get(key) is None and key not in optional | misspelt:
            yield Problem(source, 1, f"{key} is missing: add {what}, or draft: true")


class _Loader(yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader):  # type: ignore[misc] # both are loaders
    """YAML 1.1 without objects. A date that does not exist stays text, so that its own check can name it."""

    def construct_yaml_timestamp(self, node: Any) -> object:
        try:
            return super().construct_yaml_timestamp(node)
        except ValueError:
            return node.value


_Loader.add_constructor("tag:yaml.org,2002:timestamp", _Loader.construct_yaml_timestamp)


def _read_yaml(source: str, block: str) -> tuple[dict[str, Any], dict[str, int]]:
    loader = _Loader(block)
    try:
        node = loader.get_single_node()
        data = {} if node is None else loader.construct_document(node)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 2 if mark else 1
        raise InvalidContent([Problem(source, line, f"the front matter is not YAML: {error.problem}")]) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise InvalidContent([Problem(source, 1, f"the front matter is not YAML: {error}")]) from error
    finally:
        loader.dispose()
    if not isinstance(data, dict):
        raise InvalidContent([Problem(source, 2, f"the front matter is not a table of keys: {show(data)}")])
    lines: dict[str, int] = {}
    problems = list(_map_lines(source, node, "", lines))
    problems += (
        Problem(source, 2, f"{show(key)} is not a key: keys are text") for key in data if not isinstance(key, str)
    )
    if problems:
        raise InvalidContent(problems)
    return data, lines


def _map_lines(source: str, node: yaml.Node | None, prefix: str, lines: dict[str, int]) -> list[Problem]:
    """Fill ``lines`` with the line of each key; a key written twice is a problem (YAML would keep the last, silently)."""
    problems: list[Problem] = []
    pairs: list[tuple[Hashable, int, yaml.Node]] = []
    if isinstance(node, yaml.MappingNode):
        pairs = [
            (key.value, key.start_mark.line, value) for key, value in node.value if isinstance(key, yaml.ScalarNode)
        ]
    elif isinstance(node, yaml.SequenceNode) and prefix:
        pairs = [(number, item.start_mark.line, item) for number, item in enumerate(node.value)]
    for key, line, value in pairs:
        path = f"{prefix}{key}"
        if path in lines:
            problems.append(
                Problem(source, line + 2, f"{path} is written twice (first on line {lines[path]}): keep one")
            )
        lines[path] = line + 2
        # Two levels are all that the keys have; `extra` may be of any depth (and refer to itself).
        if prefix.count(".") < 2:
            problems += _map_lines(source, value, f"{path}.", lines)
    return problems


def _read_toml(source: str, block: str) -> tuple[dict[str, Any], dict[str, int]]:
    try:
        data = tomllib.loads(block)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise InvalidContent([toml_error(source, error, "the front matter", lines_before=1)]) from error
    return data, toml_lines(block, data, first_line=2)


def toml_error(source: str, error: Exception, what: str, *, lines_before: int) -> Problem:
    """What a TOML parser says, with the line it means."""
    place = re.search(r"at line (\d+)", str(error))
    line = int(place[1]) if place else 1
    return Problem(source, line + lines_before, f"{what} is not TOML: {error}")


def toml_lines(block: str, data: Mapping[str, Any], *, first_line: int = 1) -> dict[str, int]:
    """The line of each key of a TOML document, of tables too. ``first_line`` is the line of its first."""
    lines: dict[str, int] = {}
    table, counts = "", dict[str, int]()
    for number, text in enumerate(block.splitlines(), start=first_line):
        header = re.match(r"\s*(\[\[?)\s*([\w.\-\"' ]+?)\s*\]", text)
        assignment = re.match(r"\s*([\w\-\"'.]+)\s*=", text)
        if header and not assignment:
            name = header[2].replace('"', "").replace("'", "")
            if header[1] == "[[":
                counts[name] = counts.get(name, -1) + 1
                name = f"{name}.{counts[name]}"
            lines.setdefault(name, number)
            table = f"{name}."
        elif assignment:
            lines.setdefault(table + assignment[1].replace('"', "").replace("'", ""), number)
    for key in data:
        lines.setdefault(key, first_line)
    return lines
