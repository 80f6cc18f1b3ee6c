"""Collect the messages that readers see and bring the catalogues up to date. Run by ``make messages``.

Writes ``messages.pot`` and every ``.po`` beside it: new messages are empty, those that are gone are removed, and the
rest keep their translation. Equal sources give equal files.
"""

from __future__ import annotations

import argparse
import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
LOCALE_DIR = ROOT / "services/render/languages/locale"
#: Which files hold messages, and how they are read.
SOURCES = (
    ("services/render/pages/templates", "*.html", "jinja2.ext:babel_extract"),
    ("services/render/pages/static", "*.js", "javascript"),
    ("services/render", "*.py", "python"),
    ("services/exporting/static", "*.py", "python"),
    ("services/cli/writing", "*.py", "python"),
    ("shared", "*.py", "python"),
)
KEYWORDS = {"gettext": None, "ngettext": (1, 2), "message": None, "_": None, "pgettext": ((1, "c"), 2)}
_JINJA = {"trimmed": "true", "silent": "false"}
#: Of the header Babel writes, what a catalogue needs.
_KEPT_HEADER = re.compile(r'^"(?:Language|Plural-Forms|MIME-Version|Content-Type|Content-Transfer-Encoding): ')
_HEADING = """\
# The words of the interface{of}. `make messages` collects the messages from templates, scripts and code.
# %(name)s stands for a value; HTML tags of a message stay as they are.
"""


def files(root: Path = ROOT) -> Iterator[tuple[Path, str]]:
    """The files that hold messages, each with the way to read it."""
    for folder, pattern, method in SOURCES:
        for path in sorted((root / folder).rglob(pattern)):
            if "figures" not in path.parts:  # figures belong to articles, and speak their language
                yield path, method


def extract(root: Path = ROOT) -> Catalog:
    """The messages of all files, in their order."""
    catalog = Catalog(charset="utf-8")
    for path, method in files(root):
        options = _JINJA if method.startswith("jinja2") else {}
        for line, text, comments, context in extract_from_file(method, path, KEYWORDS, (), options):
            catalog.add(
                text, None, [(path.relative_to(root).as_posix(), line)], auto_comments=comments, context=context
            )
    return catalog


def written(catalog: Catalog) -> str:
    """``catalog`` as the text of its file, without dates and other volatile headers."""
    buffer = io.BytesIO()
    write_po(buffer, catalog, width=120, ignore_obsolete=True, include_lineno=False)
    lines = buffer.getvalue().decode().splitlines()
    start = next(at for at, line in enumerate(lines) if line == 'msgid ""')
    end = lines.index("", start)
    header = [line for line in lines[start + 2 : end] if _KEPT_HEADER.match(line)]
    of = f" in {catalog.locale.get_language_name('en')}" if catalog.locale else ""
    head = [*_HEADING.format(of=of).splitlines(), "#", 'msgid ""', 'msgstr ""', *header]
    return "\n".join([*head, *lines[end:]]).rstrip("\n") + "\n"


def updated(path: Path, template: Catalog) -> str:
    """The catalogue at ``path`` with the messages of ``template``."""
    with path.open("rb") as file:
        catalog = read_po(file, locale=path.stem)
    catalog.update(template, no_fuzzy_matching=True)
    return written(catalog)


def main() -> int:
    """Write the template and the catalogues; the exit code."""
    template = extract()
    (LOCALE_DIR / "messages.pot").write_text(written(template), "utf-8")
    for path in sorted(LOCALE_DIR.glob("*.po")):
        path.write_text(updated(path, template), "utf-8")
        with path.open("rb") as file:
            left = sum(not one.string or not all(one.string) for one in read_po(file, locale=path.stem) if one.id)
        sys.stdout.write(f"{path.name}: {left} to translate\n" if left else f"{path.name}: complete\n")
    return 0


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__).parse_args()  # --help must not start it
    sys.exit(main())
