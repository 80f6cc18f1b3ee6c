"""Dates as people read them. Pure."""

from __future__ import annotations

from datetime import date


def day_text(day: date) -> str:
    """A date as people read it: ``12 January 2026``."""
    return f"{day.day} {day:%B %Y}"


def day_short_text(day: date) -> str:
    """A date where there is little room: ``12 Jan 2026``."""
    return f"{day.day} {day:%b %Y}"


def day_of_year_text(day: date) -> str:
    """A date where its year stands above it: ``12 Jan``."""
    return f"{day.day} {day:%b}"
