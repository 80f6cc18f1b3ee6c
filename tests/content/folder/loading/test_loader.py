"""A first load: what is read, what is refused, and what a broken file leaves of the rest."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from shared.content.folder.loader import load_now
from shared.content.problem import InvalidContent
from tests.content.articles import day, source
from tests.content.folder.loading.results import problems
from tests.content.samples import SVG
from tests.privileges import unprivileged


def test_the_fixture_site_loads_whole(site: Path) -> None:
    library = load_now(site).require()
    library.verify()
    assert library.problems == ()
    assert {one.slug for one in library.articles} == {"a-draft", "every-feature", "expired", "scheduled", "second-part"}
    assert {one.slug for one in library.visible(day("2026-06-01")).articles} == {"every-feature", "second-part"}
    assert set(library.assets) == {"/articles/every-feature/box.svg", "/articles/every-feature/photo.png"}
    article = library.by_slug["every-feature"]
    assert article.body.html.count("Verified</span>") == 3
    assert 'href="/articles/second-part/"' in library.html(article)
    assert (library.assets["/articles/every-feature/photo.png"].width, article.body.pictures[0].src) == (
        320,
        "photo.png",
    )


def test_every_problem_of_every_file_is_reported_at_once(content: Path) -> None:
    (content / "site.toml").write_text("titel = 1\n")
    (content / "articles" / "a.md").write_text("no front matter")
    (content / "articles" / "b" / "d.svg").write_text("<svg")
    (content / "articles" / "c.md").write_bytes(source("line").encode() + b"caf\xe9\n")
    large = source("x" * (5 * 1024 * 1024))
    (content / "articles" / "d.md").write_text(large)
    (content / "pages").mkdir()
    (content / "pages" / "tags.md").write_text(source())
    assert problems(load_now(content), content) == [
        "articles/a.md:1: there is no front matter: start the file with a line of ---",
        "articles/b/d.svg:1: this is not XML: unclosed token",
        "articles/c.md:8: the file is not UTF-8 (byte 0xe9): save it as UTF-8",
        f"articles/d.md:1: the file has {len(large):,} bytes: at most 1,048,576 are allowed, split it into a series",
        "pages/tags.md:1: /tags/ is an address of the site itself: choose another slug",
        "site.toml:1: 'titel' is not a known key: did you mean 'title'?",
    ]


def test_two_files_that_claim_one_place_are_named_with_the_directory(content: Path) -> None:
    (content / "articles" / "c.md").write_text(source(slug="a"))
    result = load_now(content)
    assert problems(result, content) == [
        "articles/c.md:5: the slug 'a' is taken by articles/a.md: choose another with slug:"
    ]
    with pytest.raises(InvalidContent, match="the slug 'a' is taken"):
        result.require(is_strict=True)
    assert set(result.require().by_slug) == {"a", "b"}


@pytest.mark.parametrize("wants_html", [True, False])
def test_a_strict_start_refuses_the_errors_in_bodies_and_no_warning(content: Path, *, wants_html: bool) -> None:
    (content / "articles" / "a.md").write_text(source("Text.\n\n```nosuchlanguage\nx\n```\n"))
    result = load_now(content, wants_html=wants_html)
    assert "a" in result.require(is_strict=True).by_slug
    (content / "articles" / "a.md").write_text(source("Text.\n\n![A drawing](gone.svg)\n"))
    result = load_now(content, wants_html=wants_html)
    assert result.problems == ()
    assert "a" in result.require().by_slug
    with pytest.raises(InvalidContent, match=r"articles/a\.md:\d+: .*gone\.svg"):
        result.require(is_strict=True)


def test_a_strict_start_refuses_a_file_that_changes_meanwhile(content: Path) -> None:
    result = load_now(content, wants_html=False)
    (content / "articles" / "a.md").write_text(source("Edited."))
    with pytest.raises(InvalidContent, match=r"articles/a\.md:1: the file changed while the site was checked"):
        result.require(is_strict=True)


def test_a_broken_article_keeps_its_last_good_state_and_hides_no_edit_of_another(content: Path) -> None:
    good = load_now(content)
    (content / "articles" / "a.md").write_text("---\ntitle: [\n---\n\nNew text.\n")
    (content / "articles" / "b" / "index.md").write_text(source("Edited. ![D](d.svg)"))
    (content / "articles" / "c.md").write_text("never good")
    for touched in (None, frozenset({"articles/a.md", "articles/b/index.md", "articles/c.md"})):
        result = load_now(content, good, touched=touched)
        library = result.require()
        assert "Text of a." in library.by_slug["a"].body.html
        assert "Edited." in library.by_slug["b"].body.html
        assert "c" not in library.by_slug
        assert [line.partition(":")[0] for line in problems(result, content)] == ["articles/a.md", "articles/c.md"]
    (content / "articles" / "a.md").write_text(source("Fixed."))
    after = load_now(content, result, touched=frozenset({"articles/a.md"}))
    assert "Fixed." in after.require().by_slug["a"].body.html
    assert [line.partition(":")[0] for line in problems(after, content)] == ["articles/c.md"]


def test_a_broken_asset_keeps_the_article_as_it_was(content: Path) -> None:
    good = load_now(content)
    (content / "articles" / "b" / "d.svg").write_bytes(b"<svg")
    result = load_now(content, good)
    assert result.require().by_slug["b"].digest == good.require().by_slug["b"].digest
    assert result.problems
    assert load_now(content).require().by_slug.keys() == {"a"}


def test_an_article_that_takes_the_place_of_another_keeps_its_own(content: Path) -> None:
    good = load_now(content)
    (content / "articles" / "b" / "index.md").write_text(source("B", slug="a"))
    result = load_now(content, good)
    assert set(result.require().by_slug) == {"a", "b"}
    assert "the slug 'a' is taken" in str(result.problems[0])


def test_a_site_toml_that_breaks_leaves_the_site_as_it_was(content: Path) -> None:
    good = load_now(content)
    (content / "site.toml").write_text("title = [")
    result = load_now(content, good)
    assert result.require().site == good.require().site
    assert [line.partition(":")[0] for line in problems(result, content)] == ["site.toml"]
    assert load_now(content).library is None


def test_a_link_out_of_the_content_directory_is_refused(content: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.md").write_text(source())
    (tmp_path / "folder").mkdir()
    (content / "articles" / "secret.md").symlink_to(tmp_path / "secret.md")
    (content / "articles" / "folder").symlink_to(tmp_path / "folder")
    (content / "articles" / "b" / "passwd.txt").symlink_to("/etc/passwd")
    message = "this is a link to a place outside of the content directory: put the file itself here"
    assert problems(load_now(content), content) == [
        f"articles/b/passwd.txt:1: {message}",
        f"articles/folder:1: {message}",
        f"articles/secret.md:1: {message}",
    ]


def test_a_link_within_the_content_directory_is_followed(content: Path) -> None:
    (content / ".data").mkdir()
    (content / ".data" / "c.md").write_text(source())
    (content / "articles" / "c.md").symlink_to("../.data/c.md")
    assert "c" in load_now(content).require().by_slug


def test_a_link_to_nowhere_and_a_pipe_are_problems_and_not_hangs(content: Path) -> None:
    (content / "articles" / "c.md").symlink_to("nowhere.md")
    os.mkfifo(content / "articles" / "d.md")
    assert problems(load_now(content), content) == [
        "articles/c.md:1: the file cannot be read: No such file or directory",
        "articles/d.md:1: this is not a regular file: remove it",
    ]


def test_links_in_a_circle_are_problems(content: Path) -> None:
    (content / "articles" / "c.md").symlink_to("c.md")
    (content / "articles" / "b" / "img").symlink_to("img")
    assert problems(load_now(content), content) == [
        "articles/b/img:1: this cannot be read: Too many levels of symbolic links",
        "articles/c.md:1: this cannot be read: Too many levels of symbolic links",
    ]


def test_a_directory_that_may_not_be_entered_is_a_problem(content: Path) -> None:
    good = load_now(content)
    content.chmod(0)
    with unprivileged():
        assert problems(load_now(content), content) == [
            "articles:1: this cannot be read: Permission denied",
            "pages:1: this cannot be read: Permission denied",
            "public:1: this cannot be read: Permission denied",
        ]
        closed = load_now(content, good)
    content.chmod(0o755)
    assert load_now(content, closed).require().articles == good.require().articles


def test_an_unreadable_file_is_a_problem(content: Path) -> None:
    (content / "articles" / "a.md").chmod(0)
    with unprivileged():
        assert problems(load_now(content), content) == ["articles/a.md:1: the file cannot be read: Permission denied"]


@pytest.mark.parametrize("name", [".a.md.swp", ".hidden.md", "a.md~", "#a.md#", "4913", "a.md.tmp", "~$a.md", "a.bak"])
def test_hidden_files_and_those_of_editors_are_not_content(content: Path, name: str) -> None:
    (content / "articles" / name).write_text("not an article")
    assert len(load_now(content).require().articles) == 2


def test_ignored_markdown_files_are_reported(content: Path) -> None:
    (content / "articles" / "b" / "notes.md").write_text("notes")
    library = load_now(content).require()
    assert [str(one).removeprefix(f"{content.as_posix()}/") for one in library.problems] == [
        "articles/b/notes.md:1: warning: this is not read: an article is NAME.md or NAME/index.md"
    ]


def test_files_in_folders_below_an_article_are_its_files(content: Path) -> None:
    (content / "articles" / "b" / "img" / "deep").mkdir(parents=True)
    (content / "articles" / "b" / "img" / "deep" / "d.svg").write_text(SVG)
    (content / "articles" / "b" / "run.sh").write_text("rm -rf /")
    assert set(load_now(content).require().assets) == {"/articles/b/d.svg", "/articles/b/img/deep/d.svg"}


def test_a_missing_directory_and_a_missing_site_file_are_reported(tmp_path: Path) -> None:
    nowhere = load_now(tmp_path / "nowhere")
    assert [problem.path for problem in nowhere.problems] == [(tmp_path / "nowhere" / "articles").as_posix()]
    (tmp_path / "articles").mkdir()
    library = load_now(tmp_path).require()
    assert library.site.title == "Perspective"
    assert "the file is missing" in library.problems[0].message
