"""Resolve targets of links and pictures to paths of the site. Pure; does not depend on Markdown or the Library."""

from __future__ import annotations

import posixpath
import re
from urllib.parse import quote, unquote

_ABSOLUTE = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.IGNORECASE)


def is_external(target: str) -> bool:
    """Whether a target is on another site, or has another scheme such as mailto."""
    return _ABSOLUTE.match(target) is not None


def split_target(target: str) -> tuple[str, str]:
    """The path of a target, unquoted, and the rest: query and fragment, as written."""
    match = re.search(r"[?#]", target)
    end = match.start() if match else len(target)
    return unquote(target[:end]), target[end:]


def source_target(target: str, source: str) -> str | None:
    """The source file (``articles/other.md``) that a relative target names, or ``None``."""
    path, _ = split_target(target)
    if is_external(target) or path.startswith("/") or not path.endswith(".md"):
        return None
    return _below(posixpath.dirname(source), path)


def asset_target(target: str, source: str) -> str | None:
    """The name of the file beside the article that a relative target names, or ``None``.

    Only ``NAME/index.md`` has files of its own.
    """
    path, _ = split_target(target)
    if is_external(target) or not path or path.startswith("/") or path.endswith(".md"):
        return None
    return _below("", path) if posixpath.basename(source) == "index.md" else None


def site_target(target: str, source: str, url: str) -> str:
    """``target`` as the page links to it: files beside the article below its ``url``, source files below the root.

    A link to a source file (``/articles/other.md``) is replaced by its permalink when the whole Library is known.
    """
    if target[:1] in {"/", "#"} or is_external(target):
        return target
    _, rest = split_target(target)
    named = source_target(target, source)
    if named is not None:
        return f"/{quote(named)}{rest}"
    asset = asset_target(target, source)
    return f"{url}{quote(asset)}{rest}" if asset is not None else target


def _below(folder: str, path: str) -> str | None:
    """``folder/path`` with its dots resolved; ``None`` if that leaves the content directory."""
    resolved = posixpath.normpath(posixpath.join(folder, path))
    return None if resolved.startswith("..") or resolved == "." else resolved
