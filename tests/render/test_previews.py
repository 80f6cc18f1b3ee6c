"""Links to drafts: for one article, for some time, for nobody else."""

from __future__ import annotations

import asyncio
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import hdrs
from hypothesis import given
from hypothesis import strategies as st

from services.render.previews import find_hidden, make_secret, read_secret, sign, slug_of
from shared.content.library import build_library
from shared.content.parsing.site_config import SiteConfig
from tests.content.articles import article, page
from tests.render.conftest import Serve

NOW = datetime(2026, 6, 1, tzinfo=UTC)
SECRET = bytes(32)
LATER = NOW + timedelta(hours=1)


@given(st.text(max_size=40))
def test_token_opens_its_slug_until_its_end(slug: str) -> None:
    token = sign(SECRET, slug.encode("utf-8", "replace").decode(), LATER)
    assert slug_of(SECRET, token, NOW) == slug.encode("utf-8", "replace").decode()
    assert slug_of(SECRET, token, LATER) is None
    assert slug_of(b"x" * 32, token, NOW) is None


@given(st.integers(0, 200), st.sampled_from("AZaz09-_"))
def test_changed_token_opens_nothing(at: int, letter: str) -> None:
    token = sign(SECRET, "an-idea", LATER)
    at %= len(token) - 1  # the last letter has bits that mean nothing
    changed = token[:at] + letter + token[at + 1 :]
    assert slug_of(SECRET, changed, NOW) == ("an-idea" if changed == token else None)


@given(st.text())
def test_anything_else_opens_nothing(token: str) -> None:
    assert slug_of(SECRET, token, NOW) is None


def test_secret_is_made_once_and_for_its_owner(tmp_path: Path) -> None:
    assert read_secret(tmp_path) is None
    secret = make_secret(tmp_path / "cache")
    assert make_secret(tmp_path / "cache") == secret
    assert stat.S_IMODE((tmp_path / "cache" / "preview.secret").stat().st_mode) == 0o600


def test_draft_of_a_page_is_found_beside_an_article_of_the_same_name() -> None:
    found = build_library(SiteConfig(title="T"), (article("about"), page("about", draft="true")))
    hidden = find_hidden(found, "about", NOW)
    assert hidden is not None
    assert hidden.source == "pages/about.md"


@pytest.fixture
def token(content: Path, tmp_path: Path) -> str:
    """A link's token to a draft with a neighbour that is one too."""
    for name in ("secret-plan", "other-plan"):
        text = f"---\ntitle: The {name}\ndraft: true\ntags: [messaging]\n---\n\nNot yet. ![A dot](dot.png)\n"
        (content / "articles" / name).mkdir()
        (content / "articles" / name / "index.md").write_text(text)
        (content / "articles" / name / "dot.png").write_bytes((Path(__file__).parent / "dot.png").read_bytes())
    return sign(make_secret(tmp_path / "cache"), "secret-plan", datetime.now(UTC) + timedelta(hours=1))


async def test_link_opens_its_draft_and_nothing_else(serve: Serve, token: str, tmp_path: Path) -> None:
    client = await serve(cache_dir=tmp_path / "cache", base_url="https://example.org/blog")
    response = await client.get(f"/blog/preview/{token}/")
    page = await response.text()
    assert response.status == 200
    assert "The secret-plan" in page
    assert "The other-plan" not in page
    assert '<meta name="robots" content="noindex, nofollow">' in page
    assert response.headers[hdrs.CACHE_CONTROL] == "no-store"
    assert response.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert f'src="/blog/preview/{token}/dot.png"' in page
    assert (await client.get(f"/preview/{token}/dot.png")).status == 200
    for path in (
        f"/preview/{token}/gone.png",
        f"/preview/{token[:-6]}AAAAAA/",
        "/preview/x/",
        "/articles/secret-plan/",
    ):
        assert (await client.get(path)).status == 404, path


async def test_a_picture_that_was_removed_since_the_load_is_not_found(
    serve: Serve, token: str, content: Path, tmp_path: Path
) -> None:
    client = await serve(cache_dir=tmp_path / "cache")
    await asyncio.to_thread((content / "articles" / "secret-plan" / "dot.png").unlink)
    assert (await client.get(f"/preview/{token}/dot.png")).status == 404


async def test_without_a_secret_no_link_opens(serve: Serve, token: str, tmp_path: Path) -> None:
    client = await serve(cache_dir=tmp_path / "empty")
    assert (await client.get(f"/preview/{token}/")).status == 404
