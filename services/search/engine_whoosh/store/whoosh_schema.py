"""The field table as a Whoosh schema of stock classes only, so that Whoosh alone can unpickle it.

Its analyzer cuts and folds a query as this project does, with Whoosh's own tokenizer and filters, and looks up whole
tokens. Parts of compounds are in the postings, and are found when they are typed as words.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from whoosh.analysis import CharsetFilter, LowercaseFilter, RegexTokenizer
from whoosh.fields import DATETIME, ID, STORED, TEXT, Schema

from services.search import schema
from services.search.text.tokens import pattern_of
from shared.text.folding import fold

#: A text that only the pattern for all scripts can tokenize.
_ANY_SCRIPT = "\u6771"
#: Latin, Greek and Cyrillic with extensions; punctuation that is dropped; ligatures and full-width forms.
_FOLDED_RANGES = ((0x27, 0x28), (0x80, 0x530), (0x1D00, 0x2070), (0xFB00, 0xFB07), (0xFF01, 0xFF5F))


@cache
def whoosh_schema() -> Schema:
    """The schema of every generation: the fields of the field table, and the identity and dates of an article."""
    analyzer = RegexTokenizer(pattern_of(_ANY_SCRIPT)) | LowercaseFilter() | CharsetFilter(_char_map())
    fields: dict[str, Any] = {
        "slug": ID(unique=True, stored=True),
        "url": STORED,
        "published": DATETIME(stored=True, sortable=True),
        "series": ID(stored=True),
    }
    for field in schema.FIELDS:
        fields[field.name] = TEXT(analyzer=analyzer, phrase=True, stored=True)
    return Schema(**fields)


def _char_map() -> dict[int, str]:
    """The folded form of each single character, if it differs from its lower case."""
    chars = (chr(code) for first, end in _FOLDED_RANGES for code in range(first, end))
    return {ord(char): fold(char) for char in chars if fold(char) != char}
