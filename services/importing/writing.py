"""Write files to the target: staged beside it, then renamed into place; files edited since are never touched.

Blocking.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from services.importing.errors import ImportRefused

#: The record of an import: its files and their sources, in the target. A hidden file is not content.
MANIFEST = ".perspective-import.json"
_FORM = 1


@dataclass(slots=True)
class Manifest:
    """The record of earlier imports. ``digests`` has the digest of each written file by its path in the target.

    ``places`` maps paths of the source to ``articles/SLUG``. ``dates`` are those of documents without one.
    """

    digests: dict[str, list[str]] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    dates: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Output:
    """One file for the target: its path there, its bytes, and its source file."""

    path: str
    data: bytes
    origin: str


@dataclass(slots=True)
class Plan:
    """What writing would do. ``kept`` were edited since they were imported, ``deleted`` were removed by a person."""

    new: list[Output] = field(default_factory=list)
    changed: list[Output] = field(default_factory=list)
    same: list[Output] = field(default_factory=list)
    kept: list[Output] = field(default_factory=list)
    deleted: list[Output] = field(default_factory=list)


def digest(data: bytes) -> str:
    """The SHA-256 of ``data``."""
    return hashlib.sha256(data).hexdigest()


def read_manifest(target: Path) -> Manifest | None:
    """The record in ``target``, or ``None`` before the first import.

    Raises ImportRefused if it is invalid.
    """
    try:
        data: Any = json.loads((target / MANIFEST).read_text("utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise ImportRefused(
            f"{target / MANIFEST} cannot be read ({error}): restore it, or import into an empty folder"
        ) from error
    if not isinstance(data, dict) or data.get("form") != _FORM:
        raise ImportRefused(f"{target / MANIFEST} is not a record of this version: import into an empty folder")
    try:
        return Manifest(
            {str(path): [str(one) for one in digests] for path, digests in data["files"].items()},
            {str(path): str(place) for path, place in data["places"].items()},
            {str(path): str(day) for path, day in data["dates"].items()},
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ImportRefused(
            f"{target / MANIFEST} is not a record of this version: import into an empty folder"
        ) from error


def format_manifest(manifest: Manifest) -> bytes:
    """The record as bytes, the same for the same record."""
    data = {"form": _FORM, "files": manifest.digests, "places": manifest.places, "dates": manifest.dates}
    return (json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def plan(target: Path, outputs: Iterable[Output], manifest: Manifest) -> Plan:
    """Plan what to write. Changes nothing."""
    found = Plan()
    for output in outputs:
        known = manifest.digests.get(output.path, [])
        try:
            present = digest((target / output.path).read_bytes())
        except FileNotFoundError:
            (found.deleted if known else found.new).append(output)
            continue
        except (NotADirectoryError, IsADirectoryError):
            found.kept.append(output)
            continue
        if present == digest(output.data):
            found.same.append(output)
        elif present in known:
            found.changed.append(output)
        else:
            found.kept.append(output)
    return found


def write(target: Path, planned: Plan, manifest: Manifest) -> None:
    """Carry out a plan and record it.

    A new target appears whole, by one rename. In an existing one each file is replaced by a rename, and the record
    names the old and the new digests until all are done: after an interruption, the next run continues.
    """
    written = [*planned.new, *planned.changed]
    target.parent.mkdir(parents=True, exist_ok=True)
    stage = Path(tempfile.mkdtemp(prefix=f".{target.name}-import-", dir=target.parent))
    try:
        for output in written:
            _write_file(stage / output.path, output.data)
        if not target.exists() or _is_empty(target):
            _write_file(stage / MANIFEST, format_manifest(manifest))
            stage.chmod(0o755)
            with contextlib.suppress(FileNotFoundError):
                target.rmdir()
            stage.rename(target)
            return
        before = read_manifest(target) or Manifest()
        both = {path: sorted({*digests, *before.digests.get(path, [])}) for path, digests in manifest.digests.items()}
        _replace(stage, target, format_manifest(Manifest({**before.digests, **both}, manifest.places, manifest.dates)))
        for output in written:
            place = target / output.path
            place.parent.mkdir(parents=True, exist_ok=True)
            (stage / output.path).replace(place)
        _replace(stage, target, format_manifest(manifest))
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _replace(stage: Path, target: Path, record: bytes) -> None:
    if (target / MANIFEST).exists() and (target / MANIFEST).read_bytes() == record:
        return
    _write_file(stage / MANIFEST, record)
    (stage / MANIFEST).replace(target / MANIFEST)


def _is_empty(target: Path) -> bool:
    return target.is_dir() and not any(target.iterdir()) and not target.is_symlink()


def _write_file(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def updated_manifest(
    manifest: Manifest, planned: Plan, places: Mapping[str, str], dates: Mapping[str, str]
) -> Manifest:
    """The record after ``planned``: what was written or is as it was written; of what a person has, the old digests."""
    digests = dict(manifest.digests)
    for output in (*planned.new, *planned.changed, *planned.same):
        digests[output.path] = [digest(output.data)]
    return Manifest(digests, {**manifest.places, **places}, {**manifest.dates, **dates})
