"""The order of names in the languages of the interface."""

from __future__ import annotations

import unicodedata

import pytest

from shared.text.collation import collation_key


@pytest.mark.parametrize(
    ("language", "names"),
    [
        ("en", ".net C# c++ ci/cd Éclair java Kafka"),
        ("de", "Äpfel Datenbank Maß Masse Übertragung Zebra"),
        ("de-AT", "Äpfel Zebra"),
        ("fr", "cœur coq École Été Événements Zèle"),
        ("es", "Árbol nube nzz Ñandú ola"),
        ("tr", "Cam Çöp Ihlamur \u0131spanak I\u015f\u0131k Iz inci İşlem su Şema ufuk Üye Zaman"),
        ("ja", "あ データ 性能"),
    ],
)
def test_names_are_in_the_order_of_the_language(language: str, names: str) -> None:
    expected = names.split()
    for form in ("NFC", "NFD"):
        given = [unicodedata.normalize(form, name) for name in reversed(expected)]
        found = sorted(given, key=lambda name: collation_key(name, language))
        assert [unicodedata.normalize("NFC", name) for name in found] == expected


def test_names_that_differ_in_case_or_diacritics_alone_have_one_order() -> None:
    names = ["resume", "Résumé", "Resume"]

    first, second = (sorted(given, key=lambda name: collation_key(name, "en")) for given in (names, names[::-1]))

    assert first == second
