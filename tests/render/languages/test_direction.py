"""Which way a language is written."""

from __future__ import annotations

import pytest

from services.render.languages.direction import is_right_to_left


@pytest.mark.parametrize("language", ["ar", "he-IL", "FA", "az-Arab", "ur-Arab-PK", "yi"])
def test_languages_of_arabic_and_hebrew_letters_run_from_right_to_left(language: str) -> None:
    assert is_right_to_left(language)


@pytest.mark.parametrize("language", ["en", "de-CH", "ja", "az", "ks-Deva", "ar-Latn-EG"])
def test_others_run_from_left_to_right(language: str) -> None:
    assert not is_right_to_left(language)
