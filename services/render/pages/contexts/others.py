"""Errors, and the page of the operator."""

from __future__ import annotations

from dataclasses import dataclass

from services.render.pages.parts import Chrome, Link, Meta, SearchForm
from services.render.pages.typeset.perspective import View


@dataclass(frozen=True, slots=True)
class ErrorPage:
    """An error page, with links to similar pages."""

    chrome: Chrome
    meta: Meta
    form: SearchForm
    status: int
    heading: str
    message: str
    near: tuple[Link, ...]
    view: View
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class InsightRow:
    """One query of the operator's page, formatted. ``number`` names it for the command."""

    number: int
    query: str
    visitors: str
    found: str
    opened: str
    mean_rank: str


@dataclass(frozen=True, slots=True)
class InsightPage:
    """The operator's page: what visitors search for. ``home`` is the absolute address of the site."""

    chrome: Chrome
    meta: Meta
    stylesheet: str
    home: str
    lead: str
    facts: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    to_write: tuple[InsightRow, ...]
    top: tuple[InsightRow, ...]
    total: int
    problems: tuple[str, ...]
    problem_count: int
