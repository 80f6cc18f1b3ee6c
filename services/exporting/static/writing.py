"""Files → the target folder. Everything is written beside it first; then changed files are renamed into place.

Each file changes by a rename. The record of the export is written before the first change, as one of old and new files
together, and again after the last: a run that is cut off leaves a folder that the next run completes. Files that no
export wrote are never overwritten and never deleted.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from services.exporting.folder import ExportRefused
from services.exporting.static.manifest import NAME, manifest_text, read_manifest

#: What may be in a folder that no export has written to: a repository that the files are published from.
_TOLERATED = frozenset({".git"})
#: Foreign files that a refusal names; the rest are counted.
_NAMED = 3


@dataclass(frozen=True, slots=True)
class Changes:
    """How many files the target got, and lost."""

    written: int
    removed: int
    unchanged: int


def check_target(target: Path, content_dir: Path) -> None:
    """Raise ExportRefused if ``target`` is not a folder for an export: nothing has been written yet."""
    place, content = target.resolve(), content_dir.resolve()
    if place == content or content in place.parents or place in content.parents:
        raise ExportRefused(f"{target} and the content folder {content_dir} lie in each other: name another folder")
    if target.is_symlink() or (target.exists() and not target.is_dir()):
        raise ExportRefused(f"{target} is not a folder: name a new one")
    if not target.exists() or read_manifest(target) is not None:
        return
    others = sorted(one.name for one in target.iterdir() if one.name not in _TOLERATED)
    if others:
        raise ExportRefused(f"{target} holds files that no export wrote ({_some(others)}): name a new folder")


def _some(names: list[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


@contextmanager
def stage_beside(target: Path) -> Iterator[Path]:
    """A folder beside ``target``, on the same file system, that is gone afterwards. Raises ExportRefused."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        stage = Path(tempfile.mkdtemp(prefix=f".{target.name}-export-", dir=target.parent))
    except OSError as error:
        raise ExportRefused(f"{target.parent} cannot be written to: {error.strerror}") from error
    try:
        yield stage
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def write_file(stage: Path, name: str, body: bytes) -> str:
    """Write one file below ``stage``; return its digest (SHA-256, hex)."""
    path = stage / name
    try:
        path.write_bytes(body)
    except FileNotFoundError:  # the first file of a folder
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    return hashlib.sha256(body).hexdigest()


def publish(stage: Path, target: Path, files: Mapping[str, str]) -> Changes:
    """Make ``target`` hold exactly ``files`` (digests by name, all in ``stage``) and its foreign files.

    Raises ExportRefused if a foreign file has the place of one, and OSError.
    """
    if not target.exists() or not any(target.iterdir()):
        write_file(stage, NAME, manifest_text(files))
        stage.chmod(0o755)
        with suppress(FileNotFoundError):
            target.rmdir()
        stage.rename(target)
        return Changes(len(files), 0, 0)
    before = read_manifest(target) or {}
    _check_places(target, files, before)
    changed = [name for name, digest in files.items() if _digest(target / name) != digest]
    stale = sorted(before.keys() - files.keys())
    if changed or stale or dict(before) != dict(files):
        _replace(stage, target, NAME, manifest_text({**before, **files}))
        removed = sum(_remove(target, name) for name in stale if _is_in_the_way(name, files))
        for name in sorted(changed, key=_last_pages):
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            (stage / name).replace(target / name)
        removed += sum(_remove(target, name) for name in stale)
        _replace(stage, target, NAME, manifest_text(files))
    else:
        removed = 0
    return Changes(len(changed), removed, len(files) - len(changed))


def _is_in_the_way(name: str, files: Mapping[str, str]) -> bool:
    """Whether an old file stands where ``files`` need a folder, or below a name that is a file now."""
    parents = {parent.as_posix() for parent in PurePosixPath(name).parents}
    return not parents.isdisjoint(files) or any(one.startswith(f"{name}/") for one in files)


def _last_pages(name: str) -> tuple[bool, str]:
    """What pages refer to is there before the pages are."""
    return name.endswith((".html", "search-index/index.idx")), name


def _check_places(target: Path, files: Mapping[str, str], before: Mapping[str, str]) -> None:
    foreign = sorted(name for name in files if name not in before and _is_foreign(target, name, before))
    if foreign:
        raise ExportRefused(
            f"{target} holds files that no export wrote, where this one would write ({_some(foreign)}): move them away"
        )
    for folder in sorted({parent for name in files for parent in (target / name).parents if target in parent.parents}):
        if folder.is_symlink() or (folder.exists() and not folder.is_dir() and _name(target, folder) not in before):
            raise ExportRefused(f"{folder} is not a folder of this export: move it away")


def _name(target: Path, path: Path) -> str:
    return path.relative_to(target).as_posix()


def _is_foreign(target: Path, name: str, before: Mapping[str, str]) -> bool:
    """Whether something is at ``name`` that no export wrote: a folder of old files of an export may give way."""
    path = target / name
    if path.is_dir() and not path.is_symlink():
        return any(_name(target, one) not in before for one in path.rglob("*") if not one.is_dir())
    return path.is_symlink() or path.exists()


def _digest(path: Path) -> str | None:
    try:
        return None if path.is_symlink() else hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return None


def _replace(stage: Path, target: Path, name: str, body: bytes) -> None:
    write_file(stage, name, body)
    (stage / name).replace(target / name)


def _remove(target: Path, name: str) -> bool:
    """Remove a file that an earlier export wrote, and the folders that are empty then."""
    path = target / name
    if any(parent.is_symlink() for parent in path.parents if target in parent.parents):
        return False
    try:
        path.unlink()
    except OSError:
        return False
    for parent in path.parents:
        if parent == target:
            break
        try:
            parent.rmdir()
        except OSError:
            break
    return True
