"""``perspective preview``: the link, and for what there is none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.render.previews import read_secret, slug_of
from tests.cli.conftest import Run


def test_link_opens_the_draft_for_the_hours_asked_for(run: Run, content: Path) -> None:
    (content / "articles" / "idea.md").write_text("---\ntitle: An idea\ndraft: true\n---\n\nText.\n")
    (content / "site.toml").write_text('title = "T"\nbase_url = "https://example.org/blog"\n')
    outcome = run("preview", "idea", "--hours", "3")
    assert outcome.status == 0
    link = outcome.output.strip()
    assert link.startswith("https://example.org/blog/preview/")
    secret = read_secret(Path(".perspective/cache"))
    assert secret is not None
    token, now = link.rstrip("/").rpartition("/")[2], datetime.now(UTC)
    assert slug_of(secret, token, now) == "idea"
    assert slug_of(secret, token, now + timedelta(hours=3)) is None


@pytest.mark.parametrize("slug", ["outbox", "nowhere"])
def test_there_is_none_for_what_readers_see_or_what_is_not_there(run: Run, content: Path, slug: str) -> None:
    outcome = run("preview", slug)
    assert (outcome.status, outcome.output) == (1, "")
    assert f"there is no draft '{slug}'" in outcome.errors
    assert not Path(".perspective/cache/preview.secret").exists()
