"""Files from which articles include code: locate them, check that they are inside, and read them. Blocking.

Only the content folder and the folders declared in ``site.toml`` may be read, with links resolved: an author cannot
show another file of the machine.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from shared.content.folder.tree import Signature, signature_of
from shared.content.markdown.code.includes import Target, part_of
from shared.content.problem import Problem

#: Largest file that is included from, in bytes.
MAX_FILE_BYTES = 1024 * 1024

#: The paths of the included files and their signatures when they were read; ``None`` for a missing file.
Watched = tuple[tuple[str, Signature | None], ...]


@dataclass(frozen=True, slots=True)
class Roots:
    """The content folder, and the folders declared in ``site.toml``, in order."""

    content_dir: Path
    declared: tuple[str, ...] = ()

    @property
    def folders(self) -> tuple[Path, ...]:
        """All of them; a declared one is named from the content folder."""
        return (self.content_dir, *(self.content_dir / folder for folder in self.declared))

    def candidates(self, source: str, path: str) -> list[Path]:
        """The candidates for ``path`` as written in ``source``: relative to it if it says so, else to each folder."""
        folders = ((self.content_dir / source).parent,) if path.startswith(("./", "../")) else self.folders
        return [folder / path for folder in folders]

    def below(self, real: str) -> tuple[str, ...] | None:
        """The path of a file relative to the real path of a folder; ``None`` if it is in none of them."""
        for folder in map(os.path.realpath, self.folders):
            if real.startswith(folder.rstrip(os.sep) + os.sep):
                return PurePosixPath(os.path.relpath(real, folder)).parts
        return None


@dataclass(frozen=True, slots=True)
class Included:
    """The code of each include as written, its files, and the problems of the others."""

    code: Mapping[str, str] = field(default_factory=dict)
    watched: Watched = ()
    problems: tuple[Problem, ...] = ()


def read_included(source: str, targets: Iterable[Target], roots: Roots) -> Included:
    """Read what ``source`` includes."""
    code: dict[str, str] = {}
    watched: dict[str, Signature | None] = {}
    problems: list[Problem] = []
    for target in targets:
        candidates = roots.candidates(source, target.path)
        # Watch each candidate: one that appears takes precedence over those after it.
        watched |= {str(one): signature(str(one)) for one in candidates}
        path = next((one for one in candidates if watched[str(one)] is not None), candidates[0])
        try:
            code[target.written] = part_of(_text(source, target.path, path, roots), target.part)
        except ValueError as error:
            problems.append(Problem(source, target.line, f"include={target.path!r}: {error}"))
    return Included(code, tuple(watched.items()), tuple(problems))


def signature(path: str) -> Signature | None:
    """The signature of the file at ``path``; ``None`` if there is none that can be read."""
    try:
        return signature_of(os.stat(path))  # noqa: PTH116 - text, for speed: all included files at each look
    except (OSError, ValueError):
        return None


def is_same(watched: Watched) -> bool:
    """Whether the files are as they were."""
    return all(signature(path) == known for path, known in watched)


def _text(source: str, written: str, path: Path, roots: Roots) -> str:
    """The text of a file. Raises ValueError with the reason."""
    if not written or written.startswith("/") or "\\" in written or "\0" in written:
        raise ValueError("write a path below the content folder, as in labs/relay/run.py")
    try:
        real = os.path.realpath(path, strict=True)
        status = os.stat(real)  # noqa: PTH116 - as above
    except FileNotFoundError:
        places = " or in ".join(("the content folder", *roots.declared))
        raise ValueError(f"there is no such file in {places}") from None
    except OSError as error:
        raise ValueError(f"it cannot be read: {error.strerror}") from None
    names = roots.below(real)
    if names is None:
        raise ValueError('it lies outside: move it, or declare its folder in site.toml: include_roots = ["../src"]')
    if any(name.startswith(".") for name in (*names, *PurePosixPath(written).parts) if name not in {".", ".."}):
        raise ValueError("names that begin with a dot are not shown")
    if real == os.path.realpath(roots.content_dir / source):
        raise ValueError("an article cannot include itself")
    if not stat.S_ISREG(status.st_mode):
        raise ValueError("it is not a file")
    return _decoded(real)


def _decoded(real: str) -> str:
    try:
        with Path(real).open("rb") as stream:
            data = stream.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise ValueError(f"it cannot be read: {error.strerror}") from None
    if len(data) > MAX_FILE_BYTES:
        raise ValueError(f"it has more than {MAX_FILE_BYTES:,} bytes, which no article includes")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError("it is not text in UTF-8") from None
    if "\0" in text:
        raise ValueError("it is not text")
    return text
