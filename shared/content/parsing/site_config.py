"""The configuration of the site: ``content/site.toml``, validated as strictly as front matter. Pure."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from shared.content.parsing.front_matter import Language, Text
from shared.content.parsing.theme_config import ThemeConfig, ThemeTable, contrast_problems, theme_config
from shared.content.parsing.toml_syntax import toml_error, toml_lines
from shared.content.parsing.validation import Table, line_of, show, validate_table
from shared.content.problem import InvalidContent, Problem
from shared.content.rules import HeadingIds, ParseRules, check_timezone
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
        security=SecurityContact(table.security.contact, table.security.policy or "") if table.security else None,
        theme=theme,
        rules=ParseRules(table.timezone, table.heading_ids),
        include_roots=tuple(table.include_roots),
    )


def missing_site() -> Problem:
    """Return the advice for a missing ``site.toml``: the site uses its defaults."""
    return Problem(SITE_FILE, 1, 'the file is missing: write one with at least title = "…"', "warning")
