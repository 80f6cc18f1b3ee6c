"""Public files: what is in ``public/``, at the root of the site."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.content.folder.loader import load_now
from tests.content.articles import source
from tests.content.folder.loading.results import problems

PLACES = {"CNAME": "example.org\n", "google1a.html": "google-site-verification: google1a.html", "img/deep/a.txt": "a"}


@pytest.fixture
def public(content: Path) -> Path:
    """The folder, with files of several kinds."""
    folder = content / "public"
    for name, text in {**PLACES, ".well-known/x": "{}", "img/.secret": "s", ".env": "s", "img/a.txt~": "s"}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def test_public_files_have_the_addresses_of_their_paths(content: Path, public: Path) -> None:
    library = load_now(content).require()
    types = {path: one.media_type for path, one in library.assets.items() if not path.startswith("/articles/")}
    assert types == {
        "/.well-known/x": "application/octet-stream",
        "/CNAME": "application/octet-stream",
        "/google1a.html": "text/html; charset=utf-8",
        "/img/deep/a.txt": "text/plain; charset=utf-8",
    }


def test_a_changed_public_file_is_another_site_with_the_same_articles(content: Path, public: Path) -> None:
    before = load_now(content)
    (public / "CNAME").write_text("other.example\n")
    for touched in (None, frozenset({"public/CNAME"})):
        after = load_now(content, before, touched=touched)
        assert after.require().digest != before.require().digest
        assert after.require().by_slug["a"] is before.require().by_slug["a"]
        assert after.require().assets["/img/deep/a.txt"] is before.require().assets["/img/deep/a.txt"]
        assert load_now(content, after, touched=touched) is after


def test_an_edit_of_an_article_keeps_the_public_files(content: Path, public: Path) -> None:
    before = load_now(content)
    (content / "articles" / "a.md").write_text(source("Other."))
    (public / "CNAME").unlink()
    after = load_now(content, before, touched=frozenset({"articles/a.md"}))
    assert "/CNAME" in after.require().assets
    assert "/CNAME" not in load_now(content, after, touched=frozenset({"public/CNAME"})).require().assets


def test_a_public_file_that_cannot_be_served_is_left_out_and_named(content: Path, public: Path) -> None:
    (public / "large.zip").write_bytes(b"x" * (10 * 1024 * 1024 + 1))
    (public / "out.txt").symlink_to("/etc/hostname")
    result = load_now(content)
    assert problems(result, content) == [
        "public/large.zip:1: the file has 10,485,761 bytes: at most 10,485,760 are allowed, make it smaller",
        "public/out.txt:1: this is a link to a place outside of the content directory: put the file itself here",
    ]
    assert "/CNAME" in result.require().assets
    assert "/large.zip" not in result.require().assets


def test_a_folder_that_goes_takes_its_files_along(content: Path, public: Path) -> None:
    before = load_now(content)
    assert {"/CNAME", "/img/deep/a.txt"} <= before.require().assets.keys()
    public.rename(content / "private")
    after = load_now(content, before, touched=frozenset({"public", "private"}))
    assert not any(path in after.require().assets for path in ("/CNAME", "/img/deep/a.txt"))
