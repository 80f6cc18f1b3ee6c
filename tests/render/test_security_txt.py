"""``/.well-known/security.txt``, from the site's own table."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from shared.content.parsing.site_config import SecurityContact, parse_site
from shared.content.problem import InvalidContent
from tests.render.conftest import Clock, Serve
from tests.render.sites import BASE_URL, SITE_TOML


@pytest.fixture
def with_contact(content: Path) -> None:
    """The small site, with a contact."""
    table = 'security = { contact = "mailto:security@example.org", policy = "https://example.org/policy/" }'
    (content / "site.toml").write_text(f"{SITE_TOML}\n{table}\n")


@pytest.mark.usefixtures("with_contact")
async def test_it_names_the_contact_and_expires_in_half_a_year_whenever_it_is_asked_for(
    serve: Serve, clock: Clock
) -> None:
    client = await serve()
    response = await client.get("/.well-known/security.txt")
    assert (response.status, response.headers["Content-Type"]) == (200, "text/plain; charset=utf-8")
    assert await response.text() == (
        "Contact: mailto:security@example.org\nExpires: 2026-11-28T00:00:00Z\nPolicy: https://example.org/policy/\n"
        f"Preferred-Languages: en\nCanonical: {BASE_URL}/.well-known/security.txt\n"
    )
    clock.now += timedelta(days=400)
    assert "Expires: 2028-01-02T00:00:00Z" in await (await client.get("/.well-known/security.txt")).text()


async def test_a_site_without_a_contact_has_none(serve: Serve) -> None:
    client = await serve()
    assert (await client.get("/.well-known/security.txt")).status == 404


def test_a_contact_alone_is_enough() -> None:
    site = parse_site('title = "T"\nsecurity = { contact = "https://example.org/report" }')
    assert site.security == SecurityContact("https://example.org/report")


@pytest.mark.parametrize("contact", ["security@example.org", "http://example.org", "mailto:a@b\\nExpires: never"])
def test_a_contact_that_is_no_address_is_a_problem(contact: str) -> None:
    with pytest.raises(InvalidContent, match="is not an address"):
        parse_site(f'title = "T"\nsecurity = {{ contact = "{contact}" }}')
