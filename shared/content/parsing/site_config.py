"""The configuration of the site: ``content/site.toml``, validated as strictly as front matter. Pure."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated
from urllib.parse import quote, unquote

from pydantic import AfterValidator, Field, StringConstraints

from shared.content.parsing.front_matter import Language, Text, check_alias
from shared.content.parsing.theme_config import ThemeConfig, ThemeTable, contrast_problems, theme_config
from shared.content.parsing.toml_syntax import toml_error, toml_lines
from shared.content.parsing.validation import Table, line_of, show, validate_table
from shared.content.problem import InvalidContent, Problem
from shared.content.rules import HeadingIds, ParseRules, check_timezone
from shared.content.slug import is_own_path
from shared.text.origins import is_origin

SITE_FILE = "site.toml"


@dataclass(frozen=True, slots=True)
class NavigationLink:
    """One entry of the site's navigation: ``url`` is a path of the site or an absolute address.

    ``line`` is that of the entry in ``site.toml``.
    """

    label: str
    url: str
    line: int = 1


@dataclass(frozen=True, slots=True)
class Redirect:
    """An old path of the site, decoded, and where it leads now: a path of the site or an absolute address.

    Both end in ``/*`` if all paths below one folder lead to the same paths below another. ``target`` is
    percent-encoded. ``line`` is that of the entry in ``site.toml``.
    """

    old: str
    target: str
    line: int = 1


@dataclass(frozen=True, slots=True)
class Licence:
    """The terms under which the articles may be used."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class SecurityContact:
    """The contact for security reports: an address, and that of the policy or ""."""

    contact: str
    policy: str = ""


@dataclass(frozen=True, slots=True)
class SiteConfig:
    """The site.

    ``include_roots`` are folders, from the content folder, that articles may include code of.
    ``base_url`` has no slash at its end (PERSPECTIVE_BASE_URL overrides it); ``language`` is a BCP 47 tag.
    """

    title: str = "Perspective"
    tagline: str = ""
    description: str = ""
    author: str = ""
    language: str = "en"
    base_url: str = "http://127.0.0.1:8080"
    articles_per_page: int = 10
    licence: Licence | None = None
    navigation: tuple[NavigationLink, ...] = ()
    redirects: tuple[Redirect, ...] = ()
    security: SecurityContact | None = None
    theme: ThemeConfig = field(default_factory=ThemeConfig)
    rules: ParseRules = field(default_factory=ParseRules)
    include_roots: tuple[str, ...] = ()


def _check_base_url(value: str) -> str:
    if not is_origin(value):
        raise ValueError(
            f"{show(value)} is not the address of a site (without an account), as in https://blog.example.org"
        )
    return value.rstrip("/")


def _check_url(value: str) -> str:
    if not value.startswith(("/", "https://", "http://", "mailto:")):
        raise ValueError(f"{show(value)} is neither a path of the site (/about/) nor an absolute address")
    return value


Url = Annotated[str, AfterValidator(_check_url)]

#: The end of a pattern: every path below a folder.
ANY = "/*"
#: A path of the site with its query and fragment, or an absolute address.
_TARGET = re.compile(r"(?:/(?![/\\])|https?://[A-Za-z0-9.:\[\]-]+(?=[/?#]|\Z))[^\s\\]*")


def _check_root(value: str) -> str:
    if value.strip() in {"", "."} or not value.strip("/ "):
        raise ValueError(f"{show(value)} is not a folder beside the content, as in ../src")
    return value


class _LicenceTable(Table):
    name: Text = Field(description="text")
    url: Url = Field(description="an address")


def _check_contact(value: str) -> str:
    if not value.startswith(("mailto:", "https://", "tel:")) or any(character.isspace() for character in value):
        raise ValueError(f"{show(value)} is not an address, as in mailto:security@example.org or https://…")
    return value


Contact = Annotated[str, AfterValidator(_check_contact)]


class _SecurityTable(Table):
    contact: Contact = Field(description="an address with mailto:, https: or tel:")
    policy: Contact | None = Field(None, description="an address with https:")


class _NavigationTable(Table):
    label: Text = Field(description="text")
    url: Url = Field(description="a path of the site, or an address")


class _SiteTable(Table):
    title: Text = Field(description="text")
    tagline: Annotated[str, StringConstraints(strip_whitespace=True)] = Field("", description="text")
    description: Annotated[str, StringConstraints(strip_whitespace=True)] = Field("", description="text")
    author: Annotated[str, StringConstraints(strip_whitespace=True)] = Field("", description="text")
    language: Language = Field("en", description="a language code, as in en or pt-BR")
    base_url: Annotated[str, AfterValidator(_check_base_url)] = Field(
        "http://127.0.0.1:8080", description="the address of the site, as in https://blog.example.org"
    )
    articles_per_page: int = Field(10, ge=1, le=100, description="a whole number from 1 to 100")
    licence: _LicenceTable | None = Field(None, description="a table with name and url")
    security: _SecurityTable | None = Field(None, description="a table with contact and, if there is one, policy")
    navigation: list[_NavigationTable] = Field([], description="tables with label and url")
    redirects: dict[str, str] = Field(
        {},
        description='a table of old paths, as in "/old/" = "/archive/"',
        json_schema_extra={"item": "a path of the site, or an address"},
    )
    theme: ThemeTable | None = Field(None, description="a table")
    timezone: Annotated[str, AfterValidator(check_timezone)] = Field(
        "UTC", description="the IANA name of a time zone, as in Europe/Berlin"
    )
    include_roots: list[Annotated[str, AfterValidator(_check_root)]] = Field(
        [], description='a list of folders, as in ["../src"]', json_schema_extra={"item": "text"}
    )
    heading_ids: HeadingIds = Field("words", description='"words" or "github"')


def parse_site(text: str) -> SiteConfig:
    """The site that ``text`` (TOML) describes. Raises InvalidContent with every problem."""
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # a number with thousands of digits is a plain ValueError
        raise InvalidContent([toml_error(SITE_FILE, error, "this file", text)]) from error
    lines = toml_lines(text, data)
    table = validate_table(_SiteTable, data, source=SITE_FILE, lines=lines)
    theme = theme_config(table.theme) if table.theme else ThemeConfig()
    if unreadable := list(contrast_problems(theme)):
        raise InvalidContent(
            Problem(SITE_FILE, line_of(f"theme.{key}", lines), f"theme.{key}: {message}") for key, message in unreadable
        )
    redirects = tuple(_redirects(table.redirects, lines))
    if refused := [one for one in redirects if isinstance(one, Problem)]:
        raise InvalidContent(refused)
    return SiteConfig(
        title=table.title,
        tagline=table.tagline,
        description=table.description,
        author=table.author,
        language=table.language,
        base_url=table.base_url,
        articles_per_page=table.articles_per_page,
        licence=Licence(table.licence.name, table.licence.url) if table.licence else None,
        navigation=tuple(
            NavigationLink(link.label, link.url, line_of(f"navigation.{number}", lines))
            for number, link in enumerate(table.navigation)
        ),
        redirects=tuple(one for one in redirects if isinstance(one, Redirect)),
        security=SecurityContact(table.security.contact, table.security.policy or "") if table.security else None,
        theme=theme,
        rules=ParseRules(table.timezone, table.heading_ids),
        include_roots=tuple(table.include_roots),
    )


def _redirects(table: Mapping[str, str], lines: Mapping[str, int]) -> Iterator[Redirect | Problem]:
    """The redirects of a table, in its order; a problem in place of each that is invalid."""
    targets = {_redirect_key(old): target for old, target in table.items()}
    for old, target in table.items():
        line = line_of(f"redirects.{old}", lines)
        try:
            yield Redirect(_check_old(old), _check_target(old, target, targets), line)
        except ValueError as error:
            yield Problem(SITE_FILE, line, f"redirects: {error}")


def is_redirect_target(text: str) -> bool:
    """Whether a redirect may lead to ``text``: a path of the site, or an absolute address without an account."""
    return _TARGET.fullmatch(text) is not None


def expand_redirects(redirects: Iterable[Redirect], paths: Collection[str]) -> Iterator[Redirect]:
    """The redirects, with one for each of ``paths`` (decoded) in place of a pattern.

    A path below an old folder redirects only if the site has the new one. Of two for a path, the later one counts: a
    longer pattern comes after a shorter one, and those of single paths come last.
    """
    patterns = [one for one in redirects if one.old.endswith(ANY)]
    for one in sorted(patterns, key=lambda one: len(one.old)):
        folder = unquote(one.target.removesuffix("*"))
        for path in paths:
            if path.startswith(folder):
                yield Redirect(one.old.removesuffix("*") + path.removeprefix(folder), quote(path), one.line)
    yield from (one for one in redirects if not one.old.endswith(ANY))


def _check_old(old: str) -> str:
    """``old``, decoded. Raises ValueError."""
    old = check_alias(old)
    if "*" in old.removesuffix(ANY):
        raise ValueError(f"{show(old)} has a * elsewhere than at its end, as in /old/*")
    if is_own_path(old.removesuffix("*"), may_be_list=True):
        raise ValueError(f"{show(old)} is an address of the site itself: remove it")
    return old


def _check_target(old: str, target: str, targets: Mapping[str, str]) -> str:
    """``target``, percent-encoded. Raises ValueError."""
    if not is_redirect_target(target):
        raise ValueError(f"{show(target)} is neither a path of the site (/archive/) nor an address with https:")
    if old.endswith(ANY) != target.endswith(ANY) or (old.endswith(ANY) and not target.startswith("/")):
        raise ValueError(f"{show(old)} = {show(target)}: write both as paths of this site that end in /*, or neither")
    passed, at = {_redirect_key(old)}, target
    while (key := _redirect_key(re.split("[?#]", at)[0])) in targets:
        if key in passed:
            raise ValueError(f"{show(old)} leads back to itself: name a page that exists")
        passed.add(key)
        at = targets[key]
    return quote(target, safe="/%?#&=+:@!$'()*,;~[]")


def _redirect_key(path: str) -> str:
    """The same for all spellings of a path, percent-encoded or not."""
    return f"{unquote(path).rstrip('/')}/"


def missing_site() -> Problem:
    """Return the advice for a missing ``site.toml``: the site uses its defaults."""
    return Problem(SITE_FILE, 1, 'the file is missing: write one with at least title = "…"', "warning")
