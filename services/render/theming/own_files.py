"""``content/theme/``: a site's own style sheets, fonts, pictures, templates and catalogues.

Reads files, and reports what it leaves out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

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


#: Name, size in bytes and time of change in ns of each file.
Signature = tuple[tuple[str, int, int], ...]


def signature(content_dir: Path) -> Signature:
    """Names, sizes and times of the files: equal as long as nothing changed. Blocking."""
    found = []
    for path in _files(content_dir / FOLDER):
        try:
            status = path.stat()
        except OSError:
            continue
        found.append((path.as_posix(), status.st_size, status.st_mtime_ns))
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
    problems: list[Problem] = []
    folder = content_dir / FOLDER
    for path in _files(folder):
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


def _files(folder: Path) -> Iterator[Path]:
    """The files to read, by name. Symbolic links are skipped: they could lead anywhere."""
    places = ((folder, SUFFIXES), (folder / TEMPLATES, frozenset({".html"})), (folder / LOCALE, frozenset({".po"})))
    for place, suffixes in places:
        if place.is_dir() and not place.is_symlink():
            found = sorted(one for one in place.iterdir() if one.suffix in suffixes)
            yield from (one for one in found[:MAX_FILES] if one.is_file() and not one.is_symlink())
