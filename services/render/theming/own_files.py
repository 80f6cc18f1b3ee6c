"""``content/theme/``: a site's own style sheets, fonts, pictures, templates and catalogues.

Reads files, and reports what it leaves out.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from shared.content.folder import tree
from shared.content.problem import Problem

FOLDER = "theme"
#: Templates lie one folder further down: ``content/theme/templates/listing.html``.
TEMPLATES = "templates"
SUFFIXES = frozenset({".css", ".woff2", ".svg", ".png"})
#: Catalogues of the interface: ``content/theme/locale/nl.po``.
LOCALE = "locale"
MAX_FILE_BYTES, MAX_FILES = 1 << 20, 100
#: The first bytes of a file of each kind.
_BEGINNINGS: Mapping[str, tuple[bytes, ...]] = {".woff2": (b"wOF2",), ".png": (b"\x89PNG\r\n\x1a\n",)}


#: Each file with its signature, and each folder that cannot be read with None.
Signature = tuple[tuple[str, tree.Signature | None], ...]


def signature(content_dir: Path) -> Signature | None:
    """Names and signatures of the files: equal as long as nothing changed. Blocking.

    ``None`` if the content folder itself is not there or cannot be read, perhaps for a moment.
    """
    try:
        with os.scandir(content_dir):
            pass
    except OSError:
        return None
    files, problems = _files(content_dir / FOLDER)
    found: list[tuple[str, tree.Signature | None]] = [(problem.path, None) for problem in problems]
    for path in files:
        with contextlib.suppress(OSError):
            found.append((path.as_posix(), tree.signature_of(path.stat())))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class OwnFiles:
    """The files of ``content/theme/``.

    ``files`` and ``templates`` are by name, ``catalogues`` by path below the content folder.

    ``problems`` name what was left out.
    """

    files: Mapping[str, bytes]
    templates: Mapping[str, str]
    catalogues: tuple[tuple[str, bytes], ...]
    problems: tuple[Problem, ...]


def read_own_files(content_dir: Path) -> OwnFiles:
    """Read the folder. Blocking."""
    files: dict[str, bytes] = {}
    templates: dict[str, str] = {}
    catalogues: list[tuple[str, bytes]] = []
    folder = content_dir / FOLDER
    paths, problems = _files(folder)
    for path in paths:
        name = path.relative_to(folder).as_posix()
        place = f"{FOLDER}/{name}"
        try:
            if path.stat().st_size > MAX_FILE_BYTES:
                problems.append(
                    Problem(place, 1, f"the file is larger than {MAX_FILE_BYTES >> 20} MiB: make it smaller")
                )
                continue
            body = path.read_bytes()
            if path.suffix == ".po":
                catalogues.append((place, body))
            elif path.suffix == ".html":
                templates[path.name] = body.decode("utf-8")
            elif (beginnings := _BEGINNINGS.get(path.suffix)) and not body.startswith(beginnings):
                problems.append(Problem(place, 1, f"this is no {path.suffix[1:]} file: save it in that format"))
            else:
                if path.suffix == ".css":
                    body.decode("utf-8")
                files[name] = body
        except UnicodeDecodeError:
            problems.append(Problem(place, 1, "the file is not UTF-8: save it as UTF-8"))
        except OSError as error:
            problems.append(Problem(place, 1, f"the file cannot be read: {error.strerror}"))
    return OwnFiles(files, templates, tuple(catalogues), tuple(problems))


def _files(folder: Path) -> tuple[list[Path], list[Problem]]:
    """The files to read, by name, and the folders that cannot be read.

    Symbolic links are skipped: they could lead anywhere.
    """
    files: list[Path] = []
    problems: list[Problem] = []
    places = ((folder, SUFFIXES), (folder / TEMPLATES, frozenset({".html"})), (folder / LOCALE, frozenset({".po"})))
    for place, suffixes in places:
        try:
            if place.is_symlink():
                continue
            found = sorted(one for one in place.iterdir() if one.suffix in suffixes)
            files += [one for one in found[:MAX_FILES] if _is_file(one)]
        except (FileNotFoundError, NotADirectoryError):
            continue  # there is none
        except OSError as error:
            name = place.relative_to(folder.parent).as_posix()
            problems.append(Problem(name, 1, f"the folder cannot be read: {error.strerror}"))
    return files, problems


def _is_file(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except FileNotFoundError:  # it vanished
        return False
