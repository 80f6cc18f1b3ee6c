"""Files → a folder that may hold others: nothing foreign is touched, and no run leaves half of anything."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from services.exporting import ExportRefused
from services.exporting.static.manifest import NAME
from services.exporting.static.writing import Changes, check_target, publish, stage_beside, write_file


def put(target: Path, files: Mapping[str, str]) -> Changes:
    """Export ``files`` (texts by name) to ``target``."""
    check_target(target, target.parent / "content")
    with stage_beside(target) as stage:
        site = stage / "site"
        site.mkdir()
        return publish(site, target, {name: write_file(site, name, text.encode()) for name, text in files.items()})


def texts(folder: Path) -> dict[str, str]:
    """Every file but the record, by name."""
    found = {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}
    found.pop(NAME, None)
    return found


FIRST = {"index.html": "1", "a/index.html": "a", "a/b/index.html": "b", "x.css": "x"}


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """A folder that the first export wrote."""
    put(tmp_path / "out", FIRST)
    return tmp_path / "out"


def test_export_appears_whole_and_can_be_read_by_a_server(target: Path) -> None:
    assert texts(target) == FIRST
    assert target.stat().st_mode & 0o777 == 0o755
    assert [path.name for path in target.parent.iterdir()] == ["out"]


def test_later_export_changes_what_differs_and_removes_only_what_an_export_wrote(target: Path) -> None:
    (target / "CNAME").write_text("mine")
    (target / "a" / "b" / "mine.txt").write_text("mine")
    (target / "x.css").write_text("edited")
    kept = (target / "index.html").stat().st_ino
    changes = put(target, {"index.html": "1", "x.css": "x", "new/index.html": "n"})
    assert changes == Changes(written=2, removed=2, unchanged=1)
    assert texts(target) == {
        "index.html": "1",
        "x.css": "x",
        "new/index.html": "n",
        "CNAME": "mine",
        "a/b/mine.txt": "mine",
    }
    assert (target / "index.html").stat().st_ino == kept


def test_folders_that_become_empty_go(target: Path) -> None:
    put(target, {"index.html": "1"})
    assert sorted(path.name for path in target.iterdir()) == [NAME, "index.html"]


def test_file_gives_way_to_a_folder_and_back(target: Path) -> None:
    put(target, {"a": "file", "x.css/index.html": "x"})
    assert texts(target) == {"a": "file", "x.css/index.html": "x"}
    put(target, FIRST)
    assert texts(target) == FIRST


def test_folder_with_other_files_is_refused_and_left_as_it_was(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "thesis.txt").write_text("years")
    with pytest.raises(ExportRefused, match=r"files that no export wrote \(thesis\.txt\)"):
        put(home, FIRST)
    assert texts(home) == {"thesis.txt": "years"}


def test_empty_folder_and_a_fresh_repository_take_an_export(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "pages" / ".git").mkdir(parents=True)
    (tmp_path / "pages" / ".git" / "HEAD").write_text("ref")
    put(tmp_path / "empty", FIRST)
    put(tmp_path / "pages", FIRST)
    assert texts(tmp_path / "empty") == FIRST
    assert texts(tmp_path / "pages") == {**FIRST, ".git/HEAD": "ref"}


@pytest.mark.parametrize("where", ["later/index.html", "a/mine", "a/b"])
def test_foreign_file_in_the_way_is_not_overwritten(target: Path, where: str) -> None:
    files = {**FIRST, "later/index.html": "new"} if where.startswith("later") else {"index.html": "1", "a": "file"}
    mine = target / where if where != "a/b" else target / "a" / "b" / "mine"
    mine.parent.mkdir(exist_ok=True)
    mine.write_text("mine")
    before = texts(target)
    with pytest.raises(ExportRefused, match="move them away"):
        put(target, files)
    assert texts(target) == before


def test_link_inside_of_the_target_leads_no_file_out_of_it(target: Path, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (target / "a").rename(tmp_path / "was")
    (target / "a").symlink_to(tmp_path / "outside")
    with pytest.raises(ExportRefused, match="is not a folder of this export"):
        put(target, {**FIRST, "a/index.html": "changed"})
    assert list((tmp_path / "outside").iterdir()) == []
    put(target, {"index.html": "1"})
    assert (tmp_path / "was" / "index.html").exists()


@pytest.mark.parametrize("record", ["{", '{"version": 9}', '{"version": 1, "files": {"../x": "y"}}', "[]", "\xff"])
def test_damaged_record_is_refused(target: Path, tmp_path: Path, record: str) -> None:
    (tmp_path / "x").write_text("outside")
    (target / NAME).write_bytes(record.encode("latin-1"))
    with pytest.raises(ExportRefused, match="remove the folder"):
        put(target, FIRST)
    assert (tmp_path / "x").exists()


@pytest.mark.parametrize("left", range(1, 7))
def test_run_that_is_cut_off_is_completed_by_the_next(target: Path, monkeypatch: pytest.MonkeyPatch, left: int) -> None:
    (target / "CNAME").write_text("mine")
    wanted = {"index.html": "2", "a/c/index.html": "c", "x.css": "y"}
    replace = Path.replace

    def stops(self: Path, other: Path) -> Path:
        nonlocal left
        left -= 1
        if not left:
            raise OSError(28, "No space left on device")
        return replace(self, other)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", stops)
        try:
            put(target, wanted)
        except OSError:
            assert left == 0
    put(target, wanted)
    assert texts(target) == {**wanted, "CNAME": "mine"}


def test_target_and_content_do_not_lie_in_each_other(tmp_path: Path) -> None:
    content = tmp_path / "content"
    content.mkdir()
    for place in (content, content / "out", tmp_path):
        with pytest.raises(ExportRefused, match="lie in each other"):
            check_target(place, content)


def test_file_where_the_folder_should_be_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(ExportRefused, match="is not a folder"):
        put(tmp_path / "file", FIRST)
    with pytest.raises(ExportRefused, match="cannot be written to"):
        put(tmp_path / "file" / "out", FIRST)
