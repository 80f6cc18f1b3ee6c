"""Normalise typed text, and recognise secrets and personal data, which must not be counted. Pure.

A false alarm costs one count; a miss could show a pasted password to the operator. So the rules prefer false alarms.
The other protection is that nobody sees a query that only a few visitors typed (``ledger``).
"""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

from shared.search.parameters import clean_text

#: Longer text is a pasted paragraph, not a query.
MAX_CHARS = 100

#: Each pattern is a reason not to count a text.
_PRIVATE = tuple(
    re.compile(pattern)
    for pattern in (
        r"\S@\S+",  # an e-mail address or another account
        r"://\S*[?@]",  # an address with parameters or credentials
        r"(?i)\b(?:pass(?:word|wd|phrase)?|pwd|pin|secret|token|bearer|api[ _-]?key|authorization)\b\s*[:=]\s*\S",
        r"(?i)\b(?:bearer|basic)\s+[\w+/.=-]{12,}",
        r"-----BEGIN",
        r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.])",  # an IPv4 address
        r"(?i)(?<![\w:])(?:[0-9a-f]{1,4}:){4,7}[0-9a-f]{1,4}(?![\w:])",  # an IPv6 or MAC address
        r"(?i)(?<![\w:])(?:[0-9a-f]{1,4}:){2,}:?[0-9a-f]{1,4}(?![\w:])",  # a short IPv6 address
        r"(?i)\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b",  # a UUID
        r"\+?(?:\d[ ./()-]{0,2}){8,}\d",  # a number of a telephone, card, account or person
        r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,}",  # an IBAN
        r"\beyJ[\w-]{8,}",  # a JSON Web Token
    )
)
_DATE_OR_TIME = re.compile(r"\b\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2})?)?\b")
_RUN = re.compile(r"[^\W_]+")
#: A run of letters and digits that changes between them this often is not a word: base32, base64, a generated name.
_MANY_CHANGES = 3
_TOKEN_CHARS = 12
#: Runs of hexadecimal digits from this length on are digests and keys.
_HEX_CHARS = 16
#: A run of letters whose case changes at more than this share of its places is not a word in CamelCase.
_CASE_CHANGES, _CASE_CHARS = 0.35, 16
#: Passwords mix all kinds of characters. Punctuation that technical names have (- _ . / : +) is not a sign of one.
_PASSWORD_CHARS = 8
_ODD_SIGNS = frozenset("!@#$%^&*?~")


def normalise(typed: str) -> str | None:
    """The form of ``typed`` for counting: composed, lower case, single spaces, without punctuation at its end.

    None for text that is empty, too long for a query, or may be private.
    """
    text = clean_text(unicodedata.normalize("NFKC", clean_text(typed, keep_end=False)), keep_end=False)
    if len(text) > MAX_CHARS or may_be_private(text):
        return None
    plain = "".join(char for char in text if unicodedata.category(char) not in {"Cf", "Co", "Cn"})
    return clean_text(plain.casefold(), keep_end=False).rstrip("?!.,;: ") or None


def may_be_private(text: str) -> bool:
    """Whether ``text`` looks like a secret, an address or a number of a person."""
    undated = _DATE_OR_TIME.sub(" ", text)
    if any(pattern.search(undated) for pattern in _PRIVATE):
        return True
    return any(map(_is_password, undated.split())) or any(map(_is_token, _RUN.findall(undated)))


def _is_password(word: str) -> bool:
    kinds = (str.islower, str.isupper, str.isdigit, _ODD_SIGNS.__contains__)
    return len(word) >= _PASSWORD_CHARS and all(any(map(kind, word)) for kind in kinds)


def _is_token(run: str) -> bool:
    """Whether a run of letters and digits is generated rather than written."""
    if not run.isascii():
        return False
    digits = sum(map(str.isdigit, run))
    if len(run) >= _HEX_CHARS and digits and not set(run.lower()) - set("0123456789abcdef"):
        return True
    if len(run) >= _HEX_CHARS and digits and run.isupper():
        return True
    if len(run) >= _TOKEN_CHARS and digits and _changes([char.isdigit() for char in run]) >= _MANY_CHANGES:
        return True
    return len(run) >= _CASE_CHARS and _changes([char.isupper() for char in run]) / len(run) > _CASE_CHANGES


def _changes(kinds: list[bool]) -> int:
    return sum(one != other for one, other in pairwise(kinds))
