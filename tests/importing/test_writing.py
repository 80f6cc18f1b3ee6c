"""A second run changes nothing, a person's edit is never overwritten, and nothing is ever half-written."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.importing import ImportRefused, Job, import_site
from services.importing.writing import MANIFEST
from tests.importing.sites import SITES, write_site

NOW = datetime(2026, 1, 2, tzinfo=UTC)
LATER = datetime(2026, 5, 6, tzinfo=UTC)


def snapshot(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Every file with its bytes and the time of its last change."""
    return {
        str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write_site(tmp_path / "source", SITES["mkdocs-material"])


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return tmp_path / "site"


def job(source: Path, site: Path, now: datetime = NOW) -> Job:
    return Job("auto", source, site, now)


def test_a_second_run_changes_nothing(source: Path, site: Path) -> None:
    import_site(job(source, site))
    before = snapshot(site)
    result = import_site(job(source, site, LATER))
    assert snapshot(site) == before
    assert result.outcome["new"] == result.outcome["changed"] == 0


def test_a_date_that_was_made_up_stays_when_the_source_is_fetched_anew(source: Path, site: Path) -> None:
    import_site(job(source, site))
    before = (site / "articles/use.md").read_text("utf-8")
    (source / "docs/guide/use.md").touch()
    import_site(job(source, site, LATER))
    assert (site / "articles/use.md").read_text("utf-8") == before


def test_an_edit_of_the_source_arrives(source: Path, site: Path) -> None:
    import_site(job(source, site))
    (source / "docs/guide/use.md").write_text("# Use\n\n## Steps\n\nNew words.\n")
    assert import_site(job(source, site)).outcome["changed"] == 1
    assert "New words." in (site / "articles/use.md").read_text("utf-8")


def test_files_edited_or_removed_since_are_left_alone(source: Path, site: Path) -> None:
    import_site(job(source, site))
    (site / "articles/use.md").write_text("mine")
    (site / "articles/launch.md").unlink()
    (source / "docs/guide/use.md").write_text("# Use\n\nTheirs.\n")
    result = import_site(job(source, site))
    assert (site / "articles/use.md").read_text() == "mine"
    assert not (site / "articles/launch.md").exists()
    assert {(one.construct, one.path) for one in result.findings.of("kept")} == {
        ("edited here", "articles/use.md"),
        ("removed here", "articles/launch.md"),
    }


def test_a_dry_run_writes_nothing(source: Path, site: Path) -> None:
    result = import_site(Job("auto", source, site, NOW, is_dry_run=True))
    assert not site.exists()
    assert result.outcome["new"] > 4


def test_a_folder_with_other_articles_is_refused_unless_it_is_asked_for(source: Path, site: Path) -> None:
    (site / "articles").mkdir(parents=True)
    (site / "articles/use.md").write_text("mine")
    with pytest.raises(ImportRefused, match="--merge"):
        import_site(job(source, site))
    assert [path.name for path in site.rglob("*") if path.is_file()] == ["use.md"]

    import_site(Job("auto", source, site, NOW, may_merge=True))
    assert (site / "articles/use.md").read_text() == "mine"
    assert "title: Use" in (site / "articles/guide-use.md").read_text("utf-8")


def test_a_target_inside_of_the_source_is_refused(source: Path) -> None:
    before = snapshot(source)
    with pytest.raises(ImportRefused, match="inside of the source"):
        import_site(job(source, source / "content"))
    assert snapshot(source) == before


def test_a_new_target_that_fails_half_way_leaves_nothing(
    source: Path, site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = Path.write_bytes
    monkeypatch.setattr(Path, "write_bytes", FullDisk(write, after=3))
    with pytest.raises(OSError, match="no space"):
        import_site(job(source, site))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["source"]


def test_a_run_that_was_stopped_half_way_is_finished_by_the_next(
    source: Path, site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_site(job(source, site))
    for name in ("install", "use"):
        path = source / f"docs/guide/{name}.md"
        path.write_text(path.read_text("utf-8") + "\nMore.\n", encoding="utf-8")
    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", Stopped(Path.replace, after=2))
        with pytest.raises(KeyboardInterrupt):
            import_site(job(source, site))
    result = import_site(job(source, site))
    assert not list(result.findings.of("kept"))
    assert all("More." in (site / f"articles/{name}.md").read_text("utf-8") for name in ("install/index", "use"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["site", "source"]


def test_a_record_that_cannot_be_read_is_never_guessed(source: Path, site: Path) -> None:
    import_site(job(source, site))
    (site / MANIFEST).write_text("{")
    with pytest.raises(ImportRefused, match="cannot be read"):
        import_site(job(source, site))
    (site / MANIFEST).write_text("[]")
    with pytest.raises(ImportRefused, match="not a record"):
        import_site(job(source, site))


class FullDisk:
    """``Path.write_bytes`` on a disk that is full after some files."""

    def __init__(self, write: object, after: int) -> None:
        self._write = write
        self._left = after

    def __get__(self, path: Path, _owner: type[Path]) -> object:
        return lambda data: self(path, data)

    def __call__(self, path: Path, data: bytes) -> int:
        self._left -= 1
        if self._left < 0:
            raise OSError(28, "no space left on the device")
        return self._write(path, data)  # type: ignore[operator, no-any-return] # the method itself


class Stopped:
    """``Path.replace`` in a process that is stopped after some renames."""

    def __init__(self, replace: object, after: int) -> None:
        self._replace = replace
        self._left = after

    def __get__(self, path: Path, _owner: type[Path]) -> object:
        return lambda target: self(path, target)

    def __call__(self, path: Path, target: Path) -> Path:
        self._left -= 1
        if self._left < 0:
            raise KeyboardInterrupt
        return self._replace(path, target)  # type: ignore[operator, no-any-return] # the method itself
