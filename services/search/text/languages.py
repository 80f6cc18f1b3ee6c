"""The languages with an analyzer: letters, stems, elisions and stop words of each. Pure.

English is the default: it needs no ``Language``, and neither do languages in a script of their own without stemming
(Japanese, Chinese, Korean, Thai, Hebrew, Ukrainian). Latin words in their texts are analysed as English. Every other
language has one; an unknown language in Latin script gets ``UNKNOWN``, which keeps words as they are written.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from importlib.resources import files
from typing import Final

from services.search.text.stemming import snowball
from shared.text.folding import APOSTROPHES, fold, surface_of, without_invisible

#: The letters that words of a script begin with, folded.
_LATIN: Final = r"[a-z\u00c0-\u024f\u1e00-\u1eff]"
_CYRILLIC: Final = r"[\u0400-\u052f]"
_GREEK: Final = r"[\u0370-\u03ff\u1f00-\u1fff]"
_ARABIC: Final = r"[\u0620-\u06ff\u0750-\u077f]"
_DEVANAGARI: Final = r"[\u0900-\u097f]"
_ANY: Final = r"[^\W\d_]"

_DOTLESS_I: Final = "\u0131"
_QUOTE: Final = f"[{APOSTROPHES}]"
_FRENCH: Final = rf"(?:[ldcjmnst]|qu|jusqu|lorsqu|puisqu|quoiqu){_QUOTE}"
_ITALIAN: Final = rf"(?:[lcmtsvd]|un|gl|(?:d|n|a|da|su|co|pe)(?:e?ll|l)|(?:a|da|de|ne|su)gl|quest|quell){_QUOTE}"
_CATALAN: Final = rf"[ldmnst]{_QUOTE}"
#: The ending of a name in Turkish follows an apostrophe: ``API'nin``.
_TURKISH_ENDING: Final = rf"{_QUOTE}[a-zçğ{_DOTLESS_I}öşü]+\Z"


def _portuguese(word: str) -> str:
    """Join plurals that Snowball does not reduce to their singular: ``conexões`` is ``conexão``."""
    return re.sub(r"(?:õe|ãe|oe|ae)s\Z", lambda match: "ão" if match[0][0] in "õã" else "ao", word)


def _arabic(word: str) -> str:
    """Remove prefixes before the article: ``والفهرس`` is ``الفهرس``."""
    return re.sub(r"\A(?:[وفبك]ال|لل)(?=\w{3})", "ال", word)


@dataclass(frozen=True, eq=False)
class Language:
    """How to analyse words of one language.

    code            its name in terms of the index
    algorithm       its Snowball stemmer; None if words are kept as they are written
    script          matches the first letter of its words: other words in its texts are analysed as English
    elision         matches a prefix up to an apostrophe that does not belong to the word
    ending          matches a suffix from an apostrophe on that does not
    has_dotless_i   the small letter of I has no dot
    is_repeated     the stemmer runs until it removes nothing more: one run removes only some endings
    prepare         changes a word before it is stemmed
    joins_words     compounds are written as one word
    """

    code: str
    algorithm: str | None
    script: str = _LATIN
    elision: str | None = None
    ending: str | None = None
    has_dotless_i: bool = False
    is_repeated: bool = False
    prepare: Callable[[str], str] | None = None
    joins_words: bool = False

    def covers(self, surface: str) -> bool:
        """Whether a folded word consists of letters of its script."""
        return re.match(self.script, surface) is not None and (surface.isalpha() or _is_letters(surface))

    def lower(self, written: str) -> str:
        """``written`` in the lower case of this language, composed."""
        text = unicodedata.normalize("NFC", without_invisible(written))
        return text.replace("İ", "i").replace("I", _DOTLESS_I).lower() if self.has_dotless_i else text.lower()

    @property
    def stop_words(self) -> frozenset[str]:
        """Stop words, folded; none if no list is known."""
        return _stop_words().get(self.code, frozenset())


_LANGUAGES: Final = (
    Language("ar", "arabic", _ARABIC, is_repeated=True, prepare=_arabic),
    Language("az", "turkish", ending=_TURKISH_ENDING, has_dotless_i=True, is_repeated=True),
    Language("ca", "catalan", elision=_CATALAN),
    Language("cs", "czech"),
    Language("da", "danish", joins_words=True),
    Language("de", "german", joins_words=True),
    Language("el", "greek", _GREEK),
    Language("eo", "esperanto"),
    Language("es", "spanish"),
    Language("et", "estonian", joins_words=True),
    Language("eu", "basque"),
    Language("fa", "persian", _ARABIC),
    Language("fi", "finnish", joins_words=True),
    Language("fr", "french", elision=_FRENCH),
    Language("ga", "irish"),
    Language("hi", "hindi", _DEVANAGARI),
    Language("hu", "hungarian", joins_words=True),
    Language("hy", "armenian", r"[\u0530-\u058f]"),
    Language("id", "indonesian"),
    Language("it", "italian", elision=_ITALIAN),
    Language("lt", "lithuanian"),
    Language("ne", "nepali", _DEVANAGARI),
    Language("nl", "dutch", joins_words=True),
    Language("no", "norwegian", joins_words=True),
    Language("pl", "polish"),
    Language("pt", "portuguese", prepare=_portuguese),
    Language("ro", "romanian"),
    Language("ru", "russian", _CYRILLIC),
    Language("sr", "serbian", rf"(?:{_CYRILLIC}|{_LATIN})"),
    Language("sv", "swedish", joins_words=True),
    Language("ta", "tamil", r"[\u0b80-\u0bff]"),
    Language("tr", "turkish", ending=_TURKISH_ENDING, has_dotless_i=True, is_repeated=True),
    Language("yi", "yiddish", r"[\u0590-\u05ff]"),
)
#: Any unknown language: words are kept as they are written.
UNKNOWN: Final = Language("und", None, _ANY)
_BY_CODE: Final = {one.code: one for one in (*_LANGUAGES, UNKNOWN)}
#: Other codes of these languages, and dialects with the same spelling.
_ALIASES: Final = {"nb": "no", "nn": "no", "in": "id", "ji": "yi", "bs": "sr", "hr": "sr", "sh": "sr", "gl": "pt"}
#: English, and languages in a script of their own whose words are not stemmed.
_DEFAULT: Final = frozenset(
    """en ja zh ko yue wuu th lo my km bo dz he iw uk be bg mk kk ky mn tg tt ur ps ug ckb sd ks dv ka bn as gu pa kn ml
    mr te or si am ti chr iu mul zxx""".split()
)
#: The rest that Snowball leaves of the Turkish possessive of a word that ends in a vowel.
_POSSESSIVE_S: Final = re.compile(rf"(?<=[aei{_DOTLESS_I}oöuü])s\Z")
#: The minimum length of a stem in characters; shorter results are rejected.
_MIN_STEM: Final = 3
#: Runs of a repeated stemmer, at most: no word has more endings.
_MAX_ENDINGS: Final = 8


@lru_cache(maxsize=256)
def language_of(tag: str | None) -> Language | None:
    """The language that the BCP 47 tag ``tag`` names (``de``, ``pt-BR``).

    None for languages that are analysed as English, and without a tag.
    """
    if not tag or not tag.strip():
        return None
    code = re.split(r"[-_]", tag.strip().lower())[0]
    code = _ALIASES.get(code, code)
    return None if code in _DEFAULT else _BY_CODE.get(code, UNKNOWN)


def by_code(code: str) -> Language:
    """The language with a code from a term. Raises KeyError."""
    return _BY_CODE[code]


@lru_cache(maxsize=1 << 14)
def stem_in(language: Language, written: str) -> str:
    """The folded stem of ``written`` in ``language``: words with the same stem are forms of each other."""
    word = language.lower(written)
    if language.algorithm is None or len(word) < _MIN_STEM:
        return surface_of(word)
    if language.prepare is not None:
        word = language.prepare(word)
    found = _without_endings(language, word, partial(snowball, language.algorithm))
    return surface_of(found) or surface_of(word)


def _without_endings(language: Language, word: str, stem: Callable[[str], str]) -> str:
    for _ in range(_MAX_ENDINGS if language.is_repeated else 1):
        shorter = stem(word)
        if language.has_dotless_i:
            shorter = _POSSESSIVE_S.sub("", shorter)
        if shorter == word or len(shorter) < _MIN_STEM:
            break
        word = shorter
    return word


def _is_letters(surface: str) -> bool:
    """Whether ``surface`` consists of letters and their combining marks (the vowels of Hindi and Tamil)."""
    return all(char.isalpha() or unicodedata.category(char).startswith("M") for char in surface)


@cache
def _stop_words() -> dict[str, frozenset[str]]:
    """The stop words of each language, folded."""
    text = files("services.search.text.words").joinpath("stop_words.txt").read_text(encoding="utf-8")
    rows = (line.split() for line in text.splitlines() if line)
    return {code: frozenset(map(fold, words)) for code, *words in rows}
