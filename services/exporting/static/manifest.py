"""What an export wrote: names and digests, in a file of the target. Pure but for reading and writing that file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from services.exporting.folder import ExportRefused
from services.exporting.static.names import problem_of

NAME = ".perspective-export.json"
_VERSION = 1


def read_manifest(target: Path) -> Mapping[str, str] | None:
    """The digests (SHA-256, hex) of the files that exports wrote to ``target``, by name; None for a folder of others.

    Raises ExportRefused for a record that cannot be read: without it nobody knows which files are whose.
    """
    path = target / NAME
    try:
        data = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except ValueError:
        data = None
    files = data.get("files") if isinstance(data, dict) and data.get("version") == _VERSION else None
    if not isinstance(files, dict) or not all(isinstance(one, str) for one in files.values()):
        raise ExportRefused(f"{path} is damaged: remove the folder {target}, or name another one")
    if any(map(problem_of, files)):
        raise ExportRefused(f"{path} names files outside of {target}: remove the folder, or name another one")
    return dict(files)


def manifest_text(files: Mapping[str, str]) -> bytes:
    """The record of ``files``, the same for the same files."""
    table = {"version": _VERSION, "files": dict(sorted(files.items()))}
    return (json.dumps(table, ensure_ascii=False, indent=0) + "\n").encode()
