"""The interface for a language tag: catalogues of the site take precedence over ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from gettext import NullTranslations
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.messages.pofile import read_po

from services.render.languages.catalogue import Catalogue, key_of, read_catalogue
from services.render.languages.interface import ENGLISH, Interface
from shared.content.problem import Problem

LOCALE_DIR = Path(__file__).parent / "locale"
TEMPLATE = "messages.pot"
#: The folder of a site's own catalogues, below the content folder.
OWN = "theme/locale"


@dataclass(frozen=True, slots=True)
class Catalogues:
    """The catalogues of a site: ours, and ``own`` as (path, source) pairs. Equal sources are equal catalogues."""

    own: tuple[tuple[str, bytes], ...] = ()

    def interface(self, tag: str) -> Interface:
        """The interface for the language ``tag``; English for one without a catalogue."""
        return _interface(self, tag)

    def supports(self, tag: str) -> bool:
        """Whether ``tag`` has a catalogue, or a language that it falls back to has one."""
        return _language(tag) == "en" or bool(_chain(self, tag))

    def names(self) -> tuple[str, ...]:
        """The languages there are catalogues for, as BCP 47 tags."""
        own = {one.locale for one in read_own(self.own)[0]}
        return tuple(sorted(name.replace("_", "-") for name in {"en", *_our_names(), *own}))

    def problems(self) -> tuple[Problem, ...]:
        """The problems of the site's own catalogues: errors, and warnings."""
        return read_own(self.own)[1]


@lru_cache(maxsize=1)
def known_messages() -> Mapping[str, str]:
    """The messages of this version: key → plural msgid, or "". Reads ``messages.pot``."""
    with (LOCALE_DIR / TEMPLATE).open("rb") as file:
        messages = [one for one in read_po(file) if one.id]
    return {key_of(one): "" if isinstance(one.id, str) else one.id[1] for one in messages}


@lru_cache(maxsize=4)
def read_own(own: tuple[tuple[str, bytes], ...]) -> tuple[tuple[Catalogue, ...], tuple[Problem, ...]]:
    """The catalogues of a site's own that can be used, and the problems of all."""
    read = [read_catalogue(path, source, known_messages()) for path, source in own]
    good = tuple(one for one in read if isinstance(one, Catalogue))
    bad = [one for one in read if isinstance(one, Problem)]
    # A catalogue that changes a few of our words is complete with ours as its fallback.
    missing = [problem for one in good for problem in one.problems if not _is_expected(one, problem)]
    return good, (*bad, *missing)


def _is_expected(catalogue: Catalogue, problem: Problem) -> bool:
    behind = {catalogue.locale, catalogue.locale.partition("_")[0]} & {"en", *_our_names()}
    return bool(behind) and problem.line == 1 and problem.severity == "warning"


@lru_cache(maxsize=1)
def _our_names() -> frozenset[str]:
    return frozenset(path.stem for path in LOCALE_DIR.glob("*.po"))


@lru_cache(maxsize=16)
def _ours(name: str) -> Catalogue:
    """One of our catalogues, whose completeness the tests check."""
    path = LOCALE_DIR / f"{name}.po"
    read = read_catalogue(path.name, path.read_bytes())
    if isinstance(read, Problem):
        raise TypeError(str(read))
    return read


@lru_cache(maxsize=64)
def _interface(catalogues: Catalogues, tag: str) -> Interface:
    chain = _chain(catalogues, tag)
    if not chain:
        return Interface("en", _locale(tag), NullTranslations()) if _language(tag) == "en" and tag != "en" else ENGLISH
    translations = NullTranslations()
    for catalogue in reversed(chain):
        before = catalogue.translations()
        before.add_fallback(translations)
        translations = before
    return Interface(chain[0].locale.replace("_", "-"), _locale(tag), translations)


def _chain(catalogues: Catalogues, tag: str) -> list[Catalogue]:
    """The catalogues for ``tag``, those for the most exact tag first, and a site's own before ours."""
    own = {one.locale: one for one in read_own(catalogues.own)[0]}
    chain: list[Catalogue] = []
    parts = tag.replace("-", "_").split("_")
    for end in range(len(parts), 0, -1):
        name = _canonical("_".join(parts[:end]))
        chain += [own[name]] if name in own else []
        chain += [_ours(name)] if name in _our_names() else []
    return chain


def _canonical(name: str) -> str:
    """``pt_br`` as Babel writes it, ``pt_BR``; unchanged where Babel does not know it."""
    try:
        return str(Locale.parse(name))
    except (ValueError, UnknownLocaleError):
        return name.lower()


def _language(tag: str) -> str:
    return tag.replace("_", "-").partition("-")[0].lower()


def _locale(tag: str) -> Locale:
    """The locale of ``tag``, or of as much of it as Babel knows; English at the end."""
    parts = tag.replace("-", "_").split("_")
    for end in range(len(parts), 0, -1):
        try:
            return Locale.parse("_".join(parts[:end]))
        except (ValueError, UnknownLocaleError):
            continue
    return Locale.parse("en_001")
