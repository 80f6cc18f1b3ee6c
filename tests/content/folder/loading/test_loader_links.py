"""Links between source files follow the permalinks of the files that they name."""

from __future__ import annotations

from pathlib import Path

from shared.content.folder.loader import load_now
from tests.content.articles import source
from tests.content.folder.loading.results import html_of


def test_links_between_files_follow_a_slug_that_changes(content: Path) -> None:
    (content / "articles" / "a.md").write_text(source("[b](b/index.md#x) [gone](gone.md)"))
    before = load_now(content)
    html = html_of(before.require(), "a")
    assert 'href="/articles/b/#x"' in html
    assert 'href="/articles/gone.md"' in html
    (content / "articles" / "b" / "index.md").write_text(source("B", slug="moved"))
    after = load_now(content, before)
    assert 'href="/articles/moved/#x"' in html_of(after.require(), "a")
    fresh = load_now(content).require()
    assert [one.digest for one in fresh.articles] == [one.digest for one in after.require().articles]


def test_an_article_that_is_broken_for_a_moment_keeps_those_that_link_to_it(content: Path) -> None:
    (content / "articles" / "a.md").write_text(source("[b](b/index.md)"))
    (content / "articles" / "c.md").write_text(source())
    before = load_now(content)
    (content / "articles" / "b" / "index.md").write_text("broken")
    (content / "articles" / "c.md").write_text(source("[b](b/index.md)"))
    broken = load_now(content, before)
    assert load_now(content, broken) is broken
    (content / "articles" / "b" / "index.md").write_text(source("fixed"))
    after = load_now(content, broken).require()
    assert after.by_slug["a"] is before.require().by_slug["a"]
    assert 'href="/articles/b/"' in html_of(after, "c")


def test_code_that_shows_a_link_to_a_file_is_left_alone(content: Path) -> None:
    (content / "articles" / "a.md").write_text(
        source('[b](b/index.md)\n\n```html\n<a href="/articles/b/index.md">\n```')
    )
    assert html_of(load_now(content).require(), "a").count("/articles/b/index.md") == 1
