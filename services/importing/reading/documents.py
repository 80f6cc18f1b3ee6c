"""The documents of a source: Markdown files, split into front matter and text; text in other languages is reported."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator

from services.importing.findings import Findings
from services.importing.reading.front_matter import Foreign, read_front_matter
from services.importing.reading.source_tree import SourceTree, Unreadable

MARKDOWN = (".md", ".markdown", ".mdown", ".mkd")
MDX = (*MARKDOWN, ".mdx")
#: Text in other languages, which is reported and skipped.
_FOREIGN_TEXT = {
    ".rst": "reStructuredText",
    ".ipynb": "notebook",
    ".adoc": "AsciiDoc",
    ".org": "Org",
    ".textile": "Textile",
    ".pandoc": "Pandoc",
    ".mdoc": "Markdoc",
}
#: Pages in languages of templates; those of the source's own layouts lie outside of its documents.
_TEMPLATES = frozenset({".html", ".htm", ".njk", ".liquid", ".hbs", ".ejs", ".pug", ".haml", ".webc", ".vto"})
#: Files about a repository, which are not articles.
_REPOSITORY_FILES = frozenset(
    [
        "readme",
        "license",
        "licence",
        "contributing",
        "changelog",
        "code_of_conduct",
        "security",
        "support",
        "authors",
        "contributors",
        "copying",
        "notice",
    ]
)


def read_document(tree: SourceTree, path: str, findings: Findings, *, has_line_form: bool = False) -> Foreign | None:
    """Read and split one file; ``None`` if it cannot be read, which is reported."""
    try:
        words, is_utf8 = tree.text_of(path)
    except Unreadable as error:
        findings.add("dropped", "unreadable file", path, 1, str(error))
        return None
    if not is_utf8:
        findings.add("converted", "encoding", path, 1, "not UTF-8: read as Windows-1252 or UTF-16")
    return read_front_matter(words, has_line_form=has_line_form)


def documents_in(
    tree: SourceTree,
    folder: str,
    findings: Findings,
    suffixes: tuple[str, ...] = MARKDOWN,
    *,
    has_line_form: bool = False,
    reads_rst: bool = False,
    reads_templates: bool = False,
    skip: Callable[[str], bool] = lambda _: False,
) -> Iterator[tuple[str, Foreign]]:
    """The Markdown files below ``folder``; those in other languages are reported."""
    for path in tree.below(folder):
        suffix = posixpath.splitext(path)[1].lower()
        if skip(path):
            continue
        if suffix in suffixes:
            foreign = read_document(tree, path, findings, has_line_form=has_line_form)
            if foreign is not None:
                yield path, foreign
        elif suffix in _FOREIGN_TEXT and not (reads_rst and suffix == ".rst"):
            findings.add(
                "dropped", _FOREIGN_TEXT[suffix], path, 1, "only Markdown is read: convert it first, as with pandoc"
            )
        elif suffix in _TEMPLATES and reads_templates and _is_page(tree, path):
            findings.add(
                "dropped", "page that is no Markdown", path, 1, "its text is HTML or a template: write it in Markdown"
            )


def _is_page(tree: SourceTree, path: str) -> bool:
    """Whether a file of HTML or of a template is a page: it has front matter and words of its own, or is a document."""
    try:
        words, _ = tree.text_of(path)
    except Unreadable:
        return False
    if not words.lstrip("\ufeff").startswith(("---", "+++")):
        return re.search(r"<title\b|<article\b", words[:20_000], re.IGNORECASE) is not None and "{%" not in words
    body = read_front_matter(words).body
    body = re.sub(r"\{[%#].*?[%#]\}|\{\{.*?\}\}|<(script|style)\b.*?</\1>|<[^>]*>", " ", body, flags=re.DOTALL)
    return len(re.findall(r"\w{2,}", body)) > 1


def is_repository_file(path: str) -> bool:
    """Whether a file is about the repository and not part of its site (at the root, without front matter)."""
    return posixpath.splitext(posixpath.basename(path))[0].lower() in _REPOSITORY_FILES
