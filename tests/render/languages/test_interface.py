"""Words, dates and numbers in each language, and what a language without a catalogue gets."""

# ruff: noqa: RUF001 - letters of these languages

from __future__ import annotations

from datetime import date

import pytest

from services.render.languages.choice import Catalogues
from services.render.languages.interface import ENGLISH
from services.render.languages.scripts import translate_script

DAY = date(2026, 1, 12)
CATALOGUES = Catalogues()


@pytest.mark.parametrize(
    ("tag", "long", "short", "number", "counted"),
    [
        ("en", "12 January 2026", "12 Jan 2026", "12,345", "1 article, 5 min"),
        ("en-US", "January 12, 2026", "Jan 12, 2026", "12,345", "1 article, 5 min"),
        ("de", "12. Januar 2026", "12.01.2026", "12.345", "1 Artikel, 5 Min."),
        ("de-AT", "12. Jänner 2026", "12.01.2026", "12.345", "1 Artikel, 5 Min."),
        ("fr", "12 janvier 2026", "12 janv. 2026", "12\u202f345", "1 article, 5\u00a0min"),
        ("es", "12 de enero de 2026", "12 ene 2026", "12.345", "1 artículo, 5\u00a0min"),
        ("tr", "12 Ocak 2026", "12 Oca 2026", "12.345", "1 yazı, 5\u00a0dk"),
        ("ja", "2026年1月12日", "2026/01/12", "12,345", "1件, 5分"),
    ],
)
def test_dates_numbers_and_counts_are_written_as_the_language_does(
    tag: str, long: str, short: str, number: str, counted: str
) -> None:
    words = CATALOGUES.interface(tag)
    assert words.day(DAY) == long
    assert words.day_short(DAY) == short
    assert words.number(12345) == number
    assert f"{words.articles(1)}, {words.minutes(5)}" == counted


@pytest.mark.parametrize(
    ("tag", "counts"),
    [
        ("en", {0: "0 parts", 1: "1 part", 2: "2 parts"}),
        ("fr", {0: "0 partie", 1: "1 partie", 2: "2 parties"}),
        ("tr", {1: "1 bölüm", 2: "2 bölüm"}),
        ("ja", {1: "全1回", 2: "全2回"}),
    ],
)
def test_plural_forms_follow_the_language(tag: str, counts: dict[int, str]) -> None:
    words = CATALOGUES.interface(tag)
    for number, text in counts.items():
        one = words.ngettext("%(count)s part, %(minutes)s", "%(count)s parts, %(minutes)s", number, minutes="")
        assert one.rstrip("、, ") == text


@pytest.mark.parametrize(
    ("tag", "spoken"),
    [
        ("de-AT", "de"),
        ("de_CH", "de"),
        ("DE", "de"),
        ("fr-CA", "fr"),
        ("ja-JP", "ja"),
        ("zh-Hant-TW", "en"),
        ("pt-BR", "en"),
        ("nl", "en"),
        ("ar", "en"),
        ("en-GB", "en"),
        ("qqq", "en"),
    ],
)
def test_region_falls_back_to_its_language_and_unknown_languages_to_english(tag: str, spoken: str) -> None:
    assert CATALOGUES.interface(tag).tag == spoken
    assert CATALOGUES.supports(tag) is (spoken != "en" or tag.startswith("en"))


def test_dates_of_a_language_without_a_catalogue_are_english_like_its_words() -> None:
    assert CATALOGUES.interface("nl").day(DAY) == ENGLISH.day(DAY)


def test_same_catalogues_give_the_same_interface() -> None:
    """A page whose context is equal keeps its bytes."""
    assert Catalogues().interface("de") is Catalogues().interface("de")
    assert Catalogues().interface("de") is not Catalogues((("theme/locale/de.po", b""),)).interface("de")


def test_list_is_joined_as_the_language_does() -> None:
    assert ENGLISH.between_alternatives(3) == ["", ", ", " or ", ""]
    assert CATALOGUES.interface("de").between_alternatives(2) == ["", " oder ", ""]
    assert CATALOGUES.interface("ja").between_alternatives(2) == ["", "または", ""]
    assert ENGLISH.between_alternatives(1) == ["", ""]
    assert ENGLISH.between_alternatives(0) == [""]


def test_scripts_get_their_words_as_literals() -> None:
    source = (
        'a = gettext("Copy"); b = fill(gettext("Copy %(name)s"), { name }); '
        'c = ngettext("%(count)s content error", "%(count)s content errors");'
    )
    assert translate_script(source, ENGLISH) == (
        'a = "Copy"; b = fill("Copy %(name)s", { name }); '
        'c = {"other": "%(count)s content errors", "one": "%(count)s content error"};'
    )
    assert 'a = "Kopieren"; b = fill("%(name)s kopieren", { name });' in translate_script(
        source, CATALOGUES.interface("de")
    )
