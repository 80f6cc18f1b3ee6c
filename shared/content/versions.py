"""The declared versions of the code that turns a source file into an article: part of the key of all derived data.

A golden test pins each number (``tests/content/test_versions.py``): it fails when the output changes, and names the
number to raise. Source code is never hashed, so that a changed comment causes no rebuild.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from importlib import metadata

#: Raise it when the Markdown dialect changes: a plugin, a rule, an option of ``markdown.dialect``.
DIALECT_VERSION = 6
#: Raise it when the same source gives another article: anchors, sections, HTML, samples, front matter, problems.
PARSER_VERSION = 14
#: The distributions whose releases may change an article that is made from the same source.
LIBRARIES = ("imagesize", "latex2mathml", "markdown-it-py", "mdit-py-plugins", "mdurl", "nh3", "Pygments", "PyYAML")


def declared_versions() -> str:
    """One line that names every version an article depends on: ``dialect=1 parser=1 markdown-it-py=4.3.0 …``.

    It is part of ``Article.digest``. A store of parsed articles uses it as part of its key, so that it finds no results
    of another parser.
    """
    return f"dialect={DIALECT_VERSION} parser={PARSER_VERSION} {library_versions(*LIBRARIES)}"


@cache
def library_versions(*distributions: str) -> str:
    """``name=version`` of each distribution, and of Python's Unicode data. Raises PackageNotFoundError."""
    found = (f"{name}={metadata.version(name)}" for name in distributions)
    return " ".join((*found, f"unicode={unicodedata.unidata_version}"))
