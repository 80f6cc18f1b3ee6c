from __future__ import annotations

import asyncio
import os
import random
import shutil
import threading
from pathlib import Path

import pytest

from shared.content.folder.loader import LoadResult, LoadStopped, load_library, load_now
from shared.content.library import Library
from shared.content.problem import InvalidContent
from tests.content.articles import day, source
from tests.content.samples import SVG


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """A content directory with two articles, one of them in a folder with a diagram."""
    folder = tmp_path / "content"
    (folder / "articles" / "b").mkdir(parents=True)
    (folder / "site.toml").write_text('title = "Site"\n')
    (folder / "articles" / "a.md").write_text(source("Text of a."))
    (folder / "articles" / "b" / "index.md").write_text(source("![D](d.svg)"))
    (folder / "articles" / "b" / "d.svg").write_text(SVG)
    return folder


def problems(result: LoadResult, content: Path) -> list[str]:
    """The problems, with the directory of the test taken off."""
    return [str(problem).removeprefix(f"{content.as_posix()}/") for problem in result.problems]


def test_the_fixture_site_loads_whole(site: Path) -> None:
    library = load_now(site).require()
    library.verify()
    assert library.problems == ()
    assert {one.slug for one in library.articles} == {"a-draft", "every-feature", "expired", "scheduled", "second-part"}
    assert {one.slug for one in library.visible(day("2026-06-01")).articles} == {"every-feature", "second-part"}
    assert set(library.assets) == {"/articles/every-feature/box.svg", "/articles/every-feature/photo.png"}
    article = library.by_slug["every-feature"]
    assert article.html.count("Verified</span>") == 3
    assert 'href="/articles/second-part/"' in library.html(article)
    assert (library.assets["/articles/every-feature/photo.png"].width, article.pictures[0].src) == (320, "photo.png")


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


def test_a_broken_article_keeps_its_last_good_state_and_hides_no_edit_of_another(content: Path) -> None:
    good = load_now(content)
    (content / "articles" / "a.md").write_text("---\ntitle: [\n---\n\nNew text.\n")
    (content / "articles" / "b" / "index.md").write_text(source("Edited. ![D](d.svg)"))
    (content / "articles" / "c.md").write_text("never good")
    for touched in (None, frozenset({"articles/a.md", "articles/b/index.md", "articles/c.md"})):
        result = load_now(content, good, touched=touched)
        library = result.require()
        assert "Text of a." in library.by_slug["a"].html
        assert "Edited." in library.by_slug["b"].html
        assert "c" not in library.by_slug
        assert [line.partition(":")[0] for line in problems(result, content)] == ["articles/a.md", "articles/c.md"]
    (content / "articles" / "a.md").write_text(source("Mended."))
    after = load_now(content, result, touched=frozenset({"articles/a.md"}))
    assert "Mended." in after.require().by_slug["a"].html
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


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything: run the tests as an ordinary user")
def test_a_directory_that_may_not_be_entered_is_a_problem(content: Path) -> None:
    good = load_now(content)
    content.chmod(0)
    try:
        assert problems(load_now(content), content) == [
            "articles:1: this cannot be read: Permission denied",
            "pages:1: this cannot be read: Permission denied",
        ]
        closed = load_now(content, good)
    finally:
        content.chmod(0o755)
    assert load_now(content, closed).require().articles == good.require().articles


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything: run the tests as an ordinary user")
def test_an_unreadable_file_is_a_problem(content: Path) -> None:
    (content / "articles" / "a.md").chmod(0)
    assert problems(load_now(content), content) == ["articles/a.md:1: the file cannot be read: Permission denied"]


@pytest.mark.parametrize("name", [".a.md.swp", ".hidden.md", "a.md~", "#a.md#", "4913", "a.md.tmp", "~$a.md", "a.bak"])
def test_hidden_files_and_those_of_editors_are_not_content(content: Path, name: str) -> None:
    (content / "articles" / name).write_text("not an article")
    assert len(load_now(content).require().articles) == 2


def test_markdown_that_nobody_reads_is_said_so(content: Path) -> None:
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


def test_a_missing_directory_and_a_missing_site_file_are_said_so(tmp_path: Path) -> None:
    nowhere = load_now(tmp_path / "nowhere")
    assert [problem.path for problem in nowhere.problems] == [(tmp_path / "nowhere" / "articles").as_posix()]
    (tmp_path / "articles").mkdir()
    library = load_now(tmp_path).require()
    assert library.site.title == "Perspective"
    assert "the file is missing" in library.problems[0].message


def test_nothing_changed_gives_the_previous_result_itself(content: Path) -> None:
    first = load_now(content)
    assert load_now(content, first) is first
    assert load_now(content, first, drafts=True) is not first
    (content / "articles" / "a.md").write_text("broken")
    broken = load_now(content, first)
    assert load_now(content, broken) is broken


def test_only_what_changed_is_parsed_again(content: Path) -> None:
    first = load_now(content).require()
    before = load_now(content)
    (content / "articles" / "a.md").write_text(source("Other text."))
    after = load_now(content, before).require()
    kept = before.require().by_slug["b"]
    assert after.by_slug["b"] is kept
    assert after.by_slug["a"].digest != first.by_slug["a"].digest
    assert after.digest != first.digest


def test_a_file_that_was_only_touched_is_not_parsed_again(content: Path) -> None:
    before = load_now(content)
    os.utime(content / "articles" / "a.md", ns=(1, 1))
    after = load_now(content, before)
    assert after.require().by_slug["a"] is before.require().by_slug["a"]
    assert load_now(content, after) is after


def test_a_changed_diagram_changes_its_article(content: Path) -> None:
    before = load_now(content)
    (content / "articles" / "b" / "d.svg").write_text(SVG.replace("One box", "Two boxes"))
    assert "Two boxes" in load_now(content, before).require().by_slug["b"].html


def test_a_new_record_of_runs_changes_the_articles_it_names(content: Path) -> None:
    (content / "articles" / "a.md").write_text(source("```python run\nprint(1)\n```"))
    before = load_now(content)
    digest = before.require().by_slug["a"].samples[0].digest
    run = '{"language": "python", "version": "Python 3.11", "date": "2026-01-01"}'
    (content / "verified.json").write_text(f'{{"{digest}": {run}}}')
    after = load_now(content, before)
    assert "Verified" in after.require().by_slug["a"].html
    assert after.require().by_slug["b"] is before.require().by_slug["b"]
    assert load_now(content, after) is after
    (content / "verified.json").write_text("{}")
    assert "Verified" not in load_now(content, after).require().by_slug["a"].html


def test_a_record_of_runs_that_is_none_is_a_problem(content: Path) -> None:
    (content / "verified.json").write_text('{"x": {}}')
    assert [line.partition(":")[0] for line in problems(load_now(content), content)] == ["verified.json"]


def html_of(library: Library, slug: str) -> str:
    """What a page shows of an article."""
    return library.html(library.by_slug[slug])


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
    (content / "articles" / "b" / "index.md").write_text(source("mended"))
    after = load_now(content, broken).require()
    assert after.by_slug["a"] is before.require().by_slug["a"]
    assert 'href="/articles/b/"' in html_of(after, "c")


def test_code_that_shows_a_link_to_a_file_is_left_alone(content: Path) -> None:
    (content / "articles" / "a.md").write_text(
        source('[b](b/index.md)\n\n```html\n<a href="/articles/b/index.md">\n```')
    )
    assert html_of(load_now(content).require(), "a").count("/articles/b/index.md") == 1


def test_a_directory_that_comes_back_is_not_parsed_again(content: Path) -> None:
    before = load_now(content)
    content.rename(content.parent / "away")
    gone = load_now(content, before)
    assert gone.library is None
    assert load_now(content, gone) is gone
    (content.parent / "away").rename(content)
    back = load_now(content, gone).require()
    assert back.by_slug["a"] is before.require().by_slug["a"]


def test_incremental_loads_give_what_a_fresh_load_gives(site: Path, tmp_path: Path) -> None:
    content = tmp_path / "content"
    shutil.copytree(site, content)
    result = load_now(content)
    edits: list[tuple[str, str]] = [
        ("articles/second-part.md", source("[x](every-feature/index.md)")),
        ("articles/second-part.md", source("[x](every-feature/index.md)", slug="second")),
        ("articles/new.md", source("## New", tags="[testing]")),
        ("articles/every-feature/box.svg", SVG),
        ("site.toml", 'title = "Other"\n'),
    ]
    for name, text in edits:
        (content / name).write_text(text)
        result = load_now(content, result)
        fresh = load_now(content)
        assert result.require().digest == fresh.require().digest
        assert result.require().articles == fresh.require().articles


async def test_loading_leaves_the_event_loop_free(content: Path) -> None:
    for number in range(300):
        await asyncio.to_thread((content / "articles" / f"n{number}.md").write_text, source())
    load = asyncio.create_task(load_library(content))
    turns = 0
    while not load.done():
        await asyncio.sleep(0.001)
        turns += 1
    assert len((await load).require().articles) == 302
    assert turns > 10


def test_a_load_that_nobody_waits_for_stops(content: Path) -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(LoadStopped):
        load_now(content, stop=stop)


def test_a_load_that_is_told_where_to_look_reads_nothing_else(content: Path) -> None:
    before = load_now(content)
    (content / "articles" / "a.md").write_text(source("Other."))
    (content / "articles" / "b" / "index.md").write_text(source("Other too."))
    after = load_now(content, before, touched=frozenset({"articles/a.md"}))
    assert "Other" in after.require().by_slug["a"].html
    assert after.require().by_slug["b"] is before.require().by_slug["b"]
    whole = load_now(content, after)
    assert "Other too" in whole.require().by_slug["b"].html


@pytest.mark.parametrize("path", ["articles", "content.md", "a/b.md", ".data/c.md"])
def test_a_path_that_stands_for_more_than_one_article_has_everything_looked_at(content: Path, path: str) -> None:
    before = load_now(content)
    (content / "articles" / "a.md").write_text(source("Other."))
    assert "Other" in load_now(content, before, touched=frozenset({path})).require().by_slug["a"].html


def test_after_an_invalid_edit_everything_is_looked_at(content: Path) -> None:
    before = load_now(content)
    (content / "articles" / "folder").symlink_to("/etc")
    broken = load_now(content, before, touched=frozenset({"articles/folder"}))
    assert broken.has_tree_problems
    (content / "articles" / "a.md").write_text(source("Other."))
    still = load_now(content, broken, touched=frozenset({"articles/a.md"}))
    assert problems(still, content) == problems(broken, content)
    assert "Other" in still.require().by_slug["a"].html
    (content / "articles" / "folder").unlink()
    mended = load_now(content, still, touched=frozenset({"articles/folder"}))
    assert "Other" in mended.require().by_slug["a"].html


def test_a_slug_that_moves_while_another_article_is_broken_takes_its_links_along(content: Path) -> None:
    (content / "articles" / "a.md").write_text(source("[b](b/index.md)"))
    before = load_now(content)
    (content / "articles" / "c.md").write_text("broken")
    (content / "articles" / "b" / "index.md").write_text(source("B", slug="moved"))
    broken = load_now(content, before)
    (content / "articles" / "c.md").write_text(source())
    after = load_now(content, broken, touched=frozenset({"articles/c.md"}))
    assert 'href="/articles/moved/"' in html_of(after.require(), "a")


def test_looking_where_events_point_gives_what_a_fresh_load_gives(site: Path, tmp_path: Path) -> None:
    content = tmp_path / "content"
    shutil.copytree(site, content)
    rng = random.Random(20260101)  # noqa: S311 - a seed, no secret
    result = load_now(content)
    names = [
        "articles/one.md",
        "articles/two/index.md",
        "articles/two/d.svg",
        "articles/two/notes.md",
        "articles/second-part.md",
        "pages/extra.md",
    ]
    bodies = (
        "A",
        "[x](second-part.md) [y](two/index.md)",
        "[y](../articles/one.md)",
        "## B\n\n![D](d.svg)",
    )
    for number in range(120):
        name = rng.choice(names)
        path = content / name
        path.parent.mkdir(exist_ok=True)
        match rng.randrange(6):
            case 0:
                path.unlink(missing_ok=True)
            case 1:
                path.write_text("broken")
            case 2 if name.endswith(".md"):
                path.write_text(source(rng.choice(bodies), slug=rng.choice(["one", "other", "third"])))
            case _:
                path.write_text(source(rng.choice(bodies)) if name.endswith(".md") else f"{SVG}<!-- {number} -->")
        result = load_now(content, result, touched=frozenset({name}))
        fresh = load_now(content)
        assert bool(fresh.problems) <= bool(result.problems), number
        # What is broken, or in the way of another, stays as it was where a load went before.
        if not fresh.problems and fresh.library is not None:
            assert result.require().digest == fresh.library.digest
            assert result.require().articles == fresh.library.articles
            for library in (result.require(), fresh.library):
                library.verify()
            assert result.require().problems == fresh.library.problems
            assert result.require().assets == fresh.library.assets
