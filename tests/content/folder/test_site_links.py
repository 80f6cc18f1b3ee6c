"""The links in the files of a folder: which are read, and what is kept between starts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from shared.content.folder import site_links as module
from shared.content.folder.cache_file import write_cache
from shared.content.folder.site_links import SiteLinks, site_links
from shared.content.folder.tree import TreeFile
from shared.content.parsing.cross_links import SiteLink
from tests.content.articles import source

A = SiteLink("articles/b.md", "", "the other")


@pytest.fixture
def content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of two files that were long settled; two are many enough to be kept."""
    monkeypatch.setattr(module, "LARGE", 2)
    folder = tmp_path / "content"
    (folder / "articles").mkdir(parents=True)
    (folder / "articles" / "a.md").write_text(source("See [the other](b.md)."))
    (folder / "articles" / "b.md").write_text(source("See nothing."))
    monkeypatch.setattr(module, "SETTLED_S", -60)  # the time of change of a file cannot be set
    return folder


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that were read."""
    found: list[str] = []
    links_in = module._links_in

    def recorded(file: TreeFile, own: tuple[str, ...]) -> tuple[SiteLink, ...]:
        found.append(file.source)
        return links_in(file, own)

    monkeypatch.setattr(module, "_links_in", recorded)
    return found


def kept(cache: Path) -> Path:
    (path,) = cache.glob("links-*.json")
    return path


def test_links_are_found_by_source_and_a_file_without_any_has_none(content: Path) -> None:
    links = site_links(content)
    assert links("articles/a.md") == (A,)
    assert links("articles/b.md") == links("articles/none.md") == ()


def test_a_file_that_cannot_be_read_has_none(content: Path) -> None:
    (content / "articles" / "a.md").write_bytes(b"\xff\xfe")
    (content / "articles" / "b.md").write_text("no front matter: [the other](a.md)")
    links = site_links(content)
    assert links("articles/a.md") == links("articles/b.md") == ()


def test_the_next_start_reads_only_what_changed(content: Path, tmp_path: Path, read: list[str]) -> None:
    site_links(content, tmp_path / "cache")
    read.clear()
    assert site_links(content, tmp_path / "cache")("articles/a.md") == (A,)
    assert read == []
    (content / "articles" / "b.md").write_text(source("See [this](a.md) now."))
    assert site_links(content, tmp_path / "cache")("articles/b.md") == (SiteLink("articles/a.md", "", "this"),)
    assert read == ["articles/b.md"]


def test_a_file_that_had_just_changed_is_read_again(
    content: Path, tmp_path: Path, read: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SETTLED_S", 60)
    site_links(content, tmp_path / "cache")
    read.clear()
    site_links(content, tmp_path / "cache")
    assert "articles/a.md" in read


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-9])


def forge(path: Path) -> None:
    """A row that is none, with the right digest."""
    write_cache(path, module._key(()), b'[["articles/a.md", [1, 2], []]]')


def of_another_version(path: Path) -> None:
    write_cache(path, {"format": -1}, b"[]")


@pytest.mark.parametrize("damage", [truncate, forge, of_another_version, Path.unlink])
def test_a_damaged_file_costs_time_and_nothing_else(
    content: Path, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    site_links(content, tmp_path / "cache")
    damage(kept(tmp_path / "cache"))
    assert site_links(content, tmp_path / "cache")("articles/a.md") == (A,)


def test_a_cache_that_cannot_be_written_costs_the_next_start_time(content: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the directory should be")
    assert site_links(content, tmp_path / "cache")("articles/a.md") == (A,)


def test_a_file_that_is_gone_is_forgotten(content: Path) -> None:
    links = site_links(content)
    links.read([])
    assert links("articles/a.md") == ()


def test_new_links_need_no_restart(content: Path) -> None:
    links = SiteLinks()
    path = content / "articles" / "a.md"
    links.read([TreeFile("articles/a.md", str(path), (1, 1, 1, 1), 1)])
    path.write_text(source("See [another](c.md)."))
    links.read([TreeFile("articles/a.md", str(path), (2, 2, 2, 2), 2)])
    assert links("articles/a.md") == (SiteLink("articles/c.md", "", "another"),)


def test_the_address_of_the_site_is_that_of_its_file_or_of_the_setting(
    content: Path, tmp_path: Path, read: list[str]
) -> None:
    (content / "site.toml").write_text('title = "T"\nbase_url = "https://one.example.org"\n')
    text = "See [the other](https://one.example.org/articles/b/) and [this](https://two.example.org/articles/b/)."
    (content / "articles" / "a.md").write_text(source(text))
    other, this = (SiteLink("/articles/b", "", name) for name in ("the other", "this"))
    assert site_links(content, tmp_path / "cache")("articles/a.md") == (other,)
    assert site_links(content, tmp_path / "cache", "https://two.example.org")("articles/a.md") == (other, this)
    read.clear()
    (content / "site.toml").write_text("title = 7")  # the load reports it
    assert site_links(content, tmp_path / "cache")("articles/a.md") == ()
    assert "articles/a.md" in read
