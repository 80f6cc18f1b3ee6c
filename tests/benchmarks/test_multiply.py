"""A collection several times over."""

from __future__ import annotations

from pathlib import Path

from benchmarks.multiply import altered_page, multiply_articles, multiply_content
from shared.content.folder.loader import load_now
from tests.search_service.articles import SITE

PAGE = '---\ntitle: "A relay"\npublished: 1990-01-01\nslug: a-relay\nsummary: "S"\n---\n\ntitle: "stays"\n'


def test_every_copy_has_slugs_and_digests_of_its_own_and_the_same_text() -> None:
    pages = multiply_articles(SITE, 2 * len(SITE) + 1)
    assert pages[: len(SITE)] == tuple(SITE)
    assert len({one.slug for one in pages}) == len({one.digest for one in pages}) == len(pages)
    copy, original = pages[-1], SITE[0]
    assert (copy.slug, copy.url) == (f"{original.slug}-2", f"/articles/{original.slug}-2/")
    assert copy.title == f"{original.title} (volume 3)"
    assert copy.body is original.body


def test_a_file_is_altered_in_its_front_matter_alone() -> None:
    assert altered_page(PAGE, 0) == PAGE
    altered = PAGE.replace('"A relay"', '"A relay (volume 3)"').replace("slug: a-relay", "slug: a-relay-2")
    assert altered_page(PAGE, 2) == altered


def test_a_content_directory_is_written_as_often_as_it_takes(tmp_path: Path) -> None:
    source = tmp_path / "one"
    (source / "articles").mkdir(parents=True)
    (source / "site.toml").write_text('title = "Benchmark"\n', "utf-8")
    (source / "articles" / "a-relay.md").write_text(PAGE, "utf-8")
    multiply_content(source, tmp_path / "three", 3)
    articles = load_now(tmp_path / "three").require().articles
    assert sorted(one.slug for one in articles) == ["a-relay", "a-relay-1", "a-relay-2"]
    assert {one.title for one in articles} == {"A relay", "A relay (volume 2)", "A relay (volume 3)"}
