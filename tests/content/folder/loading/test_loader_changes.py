"""Later loads: only what changed is read, and the result is that of a fresh load."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from shared.content.folder.loader import LoadStopped, load_library, load_now
from tests.content.articles import source
from tests.content.folder.loading.results import html_of, problems
from tests.content.samples import SVG
from tests.privileges import unprivileged


def test_a_load_without_changes_returns_the_previous_result_itself(content: Path) -> None:
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


@pytest.mark.parametrize(("old", "new"), [("a.md", "renamed.md"), ("b", "renamed")])
def test_what_is_renamed_while_its_edit_is_loaded_is_not_gone(content: Path, old: str, new: str) -> None:
    """The event of the edit names the old place alone, and that of the new one comes with the next load."""
    before = load_now(content)
    (content / "articles" / old).rename(content / "articles" / new)
    edited = frozenset({f"articles/{old}" if old.endswith(".md") else f"articles/{old}/index.md"})
    after = load_now(content, before, touched=edited).require()
    assert len(after.articles) == len(before.require().articles)
    assert any(one.source.startswith(f"articles/{new}") for one in after.articles)


def test_a_file_that_was_only_touched_is_not_parsed_again(content: Path) -> None:
    before = load_now(content)
    os.utime(content / "articles" / "a.md", ns=(1, 1))
    after = load_now(content, before)
    assert after.require().by_slug["a"] is before.require().by_slug["a"]
    assert load_now(content, after) is after


def _link_to_nowhere(path: Path) -> None:
    path.symlink_to("nowhere")


def _link_in_a_circle(path: Path) -> None:
    path.symlink_to(path.name)


@pytest.mark.parametrize("place", ["articles/a.md", "articles/b", "articles/b/index.md"])
@pytest.mark.parametrize("block", [_link_to_nowhere, _link_in_a_circle])
def test_what_cannot_be_reached_stays_until_it_is_deleted(
    content: Path, tmp_path: Path, place: str, block: Callable[[Path], None]
) -> None:
    before = load_now(content)
    (content / place).rename(tmp_path / "away")
    block(content / place)
    blocked = load_now(content, load_now(content, before), touched=frozenset({"articles/other.md"}))
    assert blocked.require().by_slug.keys() == {"a", "b"}
    assert [line.partition(":")[0] for line in problems(blocked, content)] == [place]
    assert load_now(content).articles().keys() != before.articles().keys()  # nothing is kept of what was never read
    (content / place).unlink()
    left = {slug for slug in ("a", "b") if not before.require().by_slug[slug].source.startswith(place)}
    assert load_now(content, blocked).require().by_slug.keys() == left
    shutil.rmtree(content / place, ignore_errors=True)
    (tmp_path / "away").rename(content / place)
    after = load_now(content, blocked)
    assert (after.require().articles, after.problems) == (before.require().articles, ())


class Moving(threading.Event):
    """Asked before each file is read: moves ``place`` away before one of them."""

    def __init__(self, place: Path, number: int) -> None:
        super().__init__()
        self._place = place
        self._left = number

    def is_set(self) -> bool:
        self._left -= 1
        if self._left == 0:
            self._place.rename(self._place.with_name("away"))
        return False


@pytest.mark.parametrize("number", [1, 2])
def test_a_folder_that_is_moved_while_it_is_read_loses_no_article(content: Path, number: int) -> None:
    before = load_now(content)
    for name in ("a.md", "b/index.md"):
        path = content / "articles" / name
        path.write_text(path.read_text().replace("Text", "Other text"))
    moved = load_now(content, before, stop=Moving(content / "articles", number))
    assert {"a", "b"} == set((moved.library or before.require()).by_slug)
    assert [line.partition(":")[0] for line in problems(moved, content)] == ["articles"]
    (content / "away").rename(content / "articles")
    assert load_now(content, moved).problems == ()


def test_a_file_that_is_deleted_while_it_is_read_is_gone(content: Path) -> None:
    before = load_now(content)
    path = content / "articles" / "a.md"
    path.write_text(source("Other text."))
    assert set(load_now(content, before, stop=Moving(path, 1)).require().by_slug) == {"b"}


@pytest.mark.parametrize("place", ["articles/a.md", "articles/b", "articles/b/index.md", "articles"])
@pytest.mark.parametrize("mode", [0, 0o200])
def test_what_may_not_be_read_stays(content: Path, place: str, mode: int) -> None:
    (content / "pages").mkdir()
    (content / "pages" / "about.md").write_text("---\ntitle: About\n---\n\nText.\n")
    before = load_now(content)
    usual = (content / place).stat().st_mode
    (content / place).chmod(mode)
    with unprivileged():
        closed = load_now(content, load_now(content, before))
    assert closed.require().by_slug.keys() == {"a", "b"}
    assert [line.partition(":")[0] for line in problems(closed, content)] == [place]
    (content / place).chmod(usual)
    after = load_now(content, closed)
    assert (after.require().articles, after.problems) == (before.require().articles, ())


@pytest.mark.parametrize("block", [_link_to_nowhere, _link_in_a_circle])
def test_a_site_that_cannot_be_reached_stays(content: Path, block: Callable[[Path], None]) -> None:
    before = load_now(content)
    (content / "site.toml").unlink()
    block(content / "site.toml")
    after = load_now(content, before)
    assert after.require().site == before.require().site
    assert [line.partition(":")[0] for line in problems(after, content)] == ["site.toml"]
    assert load_now(content).library is None


@pytest.mark.parametrize("change", [lambda path: path.chmod(0), lambda path: path.rename(path.with_name("away"))])
def test_a_start_without_the_folder_of_articles_shows_no_site_of_pages_alone(
    content: Path, change: Callable[[Path], object]
) -> None:
    (content / "pages").mkdir()
    (content / "pages" / "about.md").write_text("---\ntitle: About\n---\n\nText.\n")
    change(content / "articles")
    with unprivileged():
        closed = load_now(content, load_now(content))
    assert closed.library is None
    assert [line.partition(":")[0] for line in problems(closed, content)] == ["articles"]
    for path in content.glob("a*"):
        path.chmod(0o755)
        path.rename(content / "articles")
    assert load_now(content, closed).require().by_slug.keys() == {"a", "b"}


def test_articles_without_their_folder_stay_beside_pages(content: Path) -> None:
    (content / "pages").mkdir()
    (content / "pages" / "about.md").write_text("---\ntitle: About\n---\n\nText.\n")
    before = load_now(content)
    (content / "articles").rename(content / "away")
    gone = load_now(content, before)
    assert gone.require().by_slug.keys() == {"a", "b"}
    assert [line.partition(":")[0] for line in problems(gone, content)] == ["articles"]
    (content / "away").rename(content / "articles")
    assert load_now(content, gone).problems == ()


def test_a_changed_diagram_changes_its_article(content: Path) -> None:
    before = load_now(content)
    (content / "articles" / "b" / "d.svg").write_text(SVG.replace("One box", "Two boxes"))
    assert "Two boxes" in load_now(content, before).require().by_slug["b"].body.html


def test_a_new_record_of_runs_changes_the_articles_it_names(content: Path) -> None:
    (content / "articles" / "a.md").write_text(source("```python run\nprint(1)\n```"))
    before = load_now(content)
    digest = before.require().by_slug["a"].body.samples[0].digest
    run = '{"language": "python", "version": "Python 3.11", "date": "2026-01-01"}'
    (content / "verified.json").write_text(f'{{"{digest}": {run}}}')
    after = load_now(content, before)
    assert "Verified" in after.require().by_slug["a"].body.html
    assert after.require().by_slug["b"] is before.require().by_slug["b"]
    assert load_now(content, after) is after
    (content / "verified.json").write_text("{}")
    assert "Verified" not in load_now(content, after).require().by_slug["a"].body.html


def test_a_record_of_runs_that_is_none_is_a_problem(content: Path) -> None:
    (content / "verified.json").write_text('{"x": {}}')
    assert [line.partition(":")[0] for line in problems(load_now(content), content)] == ["verified.json"]


def test_a_directory_that_comes_back_is_not_parsed_again(content: Path) -> None:
    before = load_now(content)
    content.rename(content.parent / "away")
    gone = load_now(content, before)
    assert gone.library is None
    assert load_now(content, gone) is gone
    (content.parent / "away").rename(content)
    back = load_now(content, gone).require()
    assert back.by_slug["a"] is before.require().by_slug["a"]


def test_incremental_loads_equal_a_fresh_load(site: Path, tmp_path: Path) -> None:
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


def test_a_cancelled_load_stops(content: Path) -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(LoadStopped):
        load_now(content, stop=stop)


def test_a_load_of_given_paths_reads_nothing_else(content: Path) -> None:
    before = load_now(content)
    (content / "articles" / "a.md").write_text(source("Other."))
    (content / "articles" / "b" / "index.md").write_text(source("Other too."))
    after = load_now(content, before, touched=frozenset({"articles/a.md"}))
    assert "Other" in after.require().by_slug["a"].body.html
    assert after.require().by_slug["b"] is before.require().by_slug["b"]
    whole = load_now(content, after)
    assert "Other too" in whole.require().by_slug["b"].body.html


@pytest.mark.parametrize("path", ["articles", "content.md", "a/b.md", ".data/c.md"])
def test_a_path_that_affects_several_articles_causes_a_full_scan(content: Path, path: str) -> None:
    before = load_now(content)
    (content / "articles" / "a.md").write_text(source("Other."))
    assert "Other" in load_now(content, before, touched=frozenset({path})).require().by_slug["a"].body.html


def test_after_an_invalid_edit_everything_is_scanned(content: Path) -> None:
    before = load_now(content)
    (content / "articles" / "folder").symlink_to("/etc")
    broken = load_now(content, before, touched=frozenset({"articles/folder"}))
    assert broken.has_tree_problems
    (content / "articles" / "a.md").write_text(source("Other."))
    still = load_now(content, broken, touched=frozenset({"articles/a.md"}))
    assert problems(still, content) == problems(broken, content)
    assert "Other" in still.require().by_slug["a"].body.html
    (content / "articles" / "folder").unlink()
    fixed = load_now(content, still, touched=frozenset({"articles/folder"}))
    assert "Other" in fixed.require().by_slug["a"].body.html


def test_a_slug_that_moves_while_another_article_is_broken_takes_its_links_along(content: Path) -> None:
    (content / "articles" / "a.md").write_text(source("[b](b/index.md)"))
    before = load_now(content)
    (content / "articles" / "c.md").write_text("broken")
    (content / "articles" / "b" / "index.md").write_text(source("B", slug="moved"))
    broken = load_now(content, before)
    (content / "articles" / "c.md").write_text(source())
    after = load_now(content, broken, touched=frozenset({"articles/c.md"}))
    assert 'href="/articles/moved/"' in html_of(after.require(), "a")


def test_loads_of_the_paths_of_events_equal_a_fresh_load(site: Path, tmp_path: Path) -> None:
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
