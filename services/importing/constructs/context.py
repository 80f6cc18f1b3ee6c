"""The context of a converter: the site, the document, and files to include, within limits."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from services.importing.constructs.draft import Draft
from services.importing.foreign_site import Document, ForeignSite

#: The largest depth of nested includes.
MAX_DEPTH = 8
#: The largest total of included text per document, in characters.
MAX_INCLUDED_CHARS = 1024 * 1024
#: How deep blocks, shortcodes and components may be nested: each level takes some frames of the stack.
MAX_NESTING = 50
#: The folder for files that blocks of code include.
INCLUDED_FOLDER = "included"
#: A link to a file of the source: the link converter resolves it.
SOURCE_SCHEME = "import-source:"

Read = Callable[[str], str | None]


@dataclass(slots=True)
class Context:
    """The surroundings of one document.

    ``read`` returns the text of a file of the source, or ``None``. ``included`` is the code of each block that names a
    file, as written; ``kept`` maps those files of the source to their new paths.
    """

    site: ForeignSite
    document: Document
    read: Read
    variables: dict[str, Any] = field(default_factory=dict)
    imports: dict[str, str] = field(default_factory=dict)
    components: set[str] = field(default_factory=set)
    chain: list[str] = field(default_factory=list)
    included_chars: int = 0
    depth: int = 0
    included: dict[str, str] = field(default_factory=dict)
    kept: dict[str, str] = field(default_factory=dict)

    def option(self, name: str) -> Any:
        """The reader's option ``name``, or ``None``."""
        return self.site.options.get(name)

    def keep_file(self, path: str) -> str:
        """Copy a file of the source so that its code can be included; return its path in the content folder."""
        self.kept[path] = f"{INCLUDED_FOLDER}/{path}"
        return self.kept[path]

    def convert_inside(self, draft: Draft, start: int, end: int, convert: Callable[[Draft], None]) -> str:
        """The text between two offsets, converted as a text of its own; below ``MAX_NESTING`` levels, as written."""
        part = Draft(draft.path, draft.text[start:end], draft.line_at(start), draft.findings)
        if self.depth >= MAX_NESTING:
            draft.report("left", "nested too deeply", start, f"more than {MAX_NESTING} levels: left as written")
            return part.text
        self.depth += 1
        try:
            convert(part)
        finally:
            self.depth -= 1
        return part.text

    def open_include(self, draft: Draft, offset: int, candidates: Iterable[str], what: str) -> tuple[str, str] | None:
        """The path and text of the first candidate that exists; failures are reported. Close it after use."""
        for candidate in candidates:
            path = posixpath.normpath(candidate)
            if path.startswith(("..", "/")):
                continue
            if path in self.chain or path == self.document.path:
                circle = " → ".join([*self.chain, path])
                draft.report("dropped", what, offset, f"the include goes round in a circle: {circle}")
                return None
            text = self.read(path)
            if text is None:
                continue
            self.included_chars += len(text)
            if len(self.chain) >= MAX_DEPTH or self.included_chars > MAX_INCLUDED_CHARS:
                draft.report("dropped", what, offset, f"{path}: more is included than one article can hold")
                return None
            self.chain.append(path)
            return path, text
        return None

    def close_include(self) -> None:
        """Close the last open include, whose text has been converted."""
        self.chain.pop()
