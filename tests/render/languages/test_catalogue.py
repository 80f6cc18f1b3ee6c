"""Catalogues that owners bring: what is wrong is named by line, and the rest is used."""

from __future__ import annotations

import pytest

from services.render.languages.catalogue import Catalogue, read_catalogue
from services.render.languages.choice import Catalogues
from shared.content.problem import Problem

HEADER = 'msgid ""\nmsgstr ""\n"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n'
#: Messages of ours, as in ``known_messages``.
KNOWN = {
    "Archive": "",
    "Part %(part)s of %(count)s": "",
    "%(count)s article": "%(count)s articles",
    "No results for <q>%(text)s</q>": "",
}


def po(*entries: tuple[str, str]) -> bytes:
    """A catalogue of (msgid, msgstr) pairs."""
    return (HEADER + "\n".join(f'msgid "{one}"\nmsgstr "{other}"\n' for one, other in entries)).encode()


def problems(source: bytes, path: str = "theme/locale/nl.po") -> list[Problem]:
    """The problems of ``source``, without missing messages."""
    read = read_catalogue(path, source, KNOWN)
    found = [read] if isinstance(read, Problem) else list(read.problems)
    return [one for one in found if "no translation" not in one.message]


def test_catalogue_without_fault_has_no_problem_and_is_used() -> None:
    read = read_catalogue("nl.po", po(("Archive", "Archief"), ("Part %(part)s of %(count)s", "%(part)s/%(count)s")))
    assert isinstance(read, Catalogue)
    assert read.translations().gettext("Archive") == "Archief"
    assert read.problems == ()


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (("Part %(part)s of %(count)s", "Deel %(deel)s van %(count)s"), "%(deel)s is not a placeholder"),
        (("Part %(part)s of %(count)s", "Deel %(part)s"), "%(count)s of"),
        (("Part %(part)s of %(count)s", "Deel %(part)s van %(count)d"), "%% for the sign"),
        (("Part %(part)s of %(count)s", "Deel %(part)s van %(count)s, 100%"), "%% for the sign"),
        (("Part %(part)s of %(count)s", "Deel %(part) van %(count)s"), "%% for the sign"),
        (("Archive", "Archief %s"), "%% for the sign"),
        (("Archive", "<b>Archief</b>"), "HTML tags differ"),
        (("No results for <q>%(text)s</q>", "Niets voor %(text)s"), "HTML tags differ"),
        (("No results for <q>%(text)s</q>", "Niets & nergens: <q>%(text)s</q>"), "write &amp; for &"),
        (("No results for <q>%(text)s</q>", "<script>x</script><q>%(text)s</q>"), "HTML tags differ"),
    ],
)
def test_translation_that_would_break_a_page_is_named_by_line_and_left_out(entry: tuple[str, str], said: str) -> None:
    source = po(("Archive", "Archief"), entry) if entry[0] != "Archive" else po(entry)
    (problem,) = problems(source)
    assert problem.severity == "error"
    assert problem.path == "theme/locale/nl.po"
    assert source.decode().splitlines()[problem.line - 1] == f'msgid "{entry[0]}"'
    assert said in problem.message
    read = read_catalogue("nl.po", source, KNOWN)
    assert isinstance(read, Catalogue)
    assert read.translations().gettext(entry[0]) == entry[0]


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("nplurals=2; plural=(n !=;", "cannot be read"),
        ("nplurals=two; plural=(n != 1);", "cannot be read"),
        ("nplurals=2; plural=__import__('os');", "cannot be read"),
        ("nplurals=2; plural=n;", "gives form 2 for 2"),
        ("nplurals=2; plural=1/0;", "cannot be read"),
        ("nplurals=0; plural=0;", "forms"),
        ("nplurals=1000000000; plural=0;", "forms"),
    ],
)
def test_broken_rule_for_plural_forms_is_named_and_the_catalogue_not_used(rule: str, said: str) -> None:
    source = f'msgid ""\nmsgstr ""\n"Language: nl\\n"\n"Plural-Forms: {rule}\\n"\n\nmsgid "Archive"\nmsgstr "Archief"\n'
    read = read_catalogue("theme/locale/nl.po", source.encode(), KNOWN)
    assert isinstance(read, Problem)
    assert read.line == 4
    assert said in read.message


@pytest.mark.parametrize("forms", ['msgstr[0] "%(count)s artikel"\n', 'msgstr[0] "%(count)s artikel"\nmsgstr[1] ""\n'])
def test_plural_form_that_is_missing_is_named(forms: str) -> None:
    entry = f'msgid "%(count)s article"\nmsgid_plural "%(count)s articles"\n{forms}'
    (problem,) = problems((HEADER + entry).encode())
    assert "msgstr[1] is empty" in problem.message


def test_more_plural_forms_than_the_rule_has_are_no_catalogue() -> None:
    entry = 'msgid "%(count)s article"\nmsgid_plural "%(count)s articles"\n' + "".join(
        f'msgstr[{number}] "%(count)s artikel"\n' for number in range(3)
    )
    (problem,) = problems((HEADER + entry).encode())
    assert "this is not a gettext catalogue" in problem.message
    assert problem.line > 4


def test_form_may_say_its_number_in_words() -> None:
    forms = 'msgstr[0] "een artikel"\nmsgstr[1] "%(count)s artikelen"\n'
    entry = f'msgid "%(count)s article"\nmsgid_plural "%(count)s articles"\n{forms}'
    assert problems((HEADER + entry).encode()) == []


@pytest.mark.parametrize(
    "source",
    [
        b"",
        b"# only a comment\n",
        b"hello\n",
        b"<html></html>",
        b'msgid "Archive\nmsgstr "x"\n',
        b"\xff\xfe\x00m",
        b"{}",
        b'msgstr "x"\n',
    ],
)
def test_an_invalid_catalogue_is_named_and_breaks_nothing(source: bytes) -> None:
    (problem,) = problems(source)
    assert problem.severity == "error"
    assert problem.path == "theme/locale/nl.po"
    assert problem.line >= 1


@pytest.mark.parametrize("name", ["klingon.po", "x.po", "_.po", "theme.po"])
def test_file_that_is_named_after_no_language_is_named(name: str) -> None:
    assert "is not a language" in problems(po(("Archive", "Archief")), f"theme/locale/{name}")[0].message


def test_fuzzy_and_unknown_messages_are_warnings_and_are_not_used() -> None:
    source = HEADER + '#, fuzzy\nmsgid "Archive"\nmsgstr "Archief"\n\nmsgid "Of long ago"\nmsgstr "Van vroeger"\n'
    found = problems(source.encode())
    assert [one.severity for one in found] == ["warning", "warning"]
    assert "fuzzy" in found[0].message
    assert "not a message of this version" in found[1].message


def test_messages_without_translation_are_counted_in_one_warning() -> None:
    read = read_catalogue("nl.po", po(("Archive", "Archief")), KNOWN)
    assert isinstance(read, Catalogue)
    assert [str(one) for one in read.problems] == [
        'nl.po:1: warning: 3 of 4 messages have no translation, the first of them "Part %(part)s of %(count)s"'
    ]


def test_own_catalogue_changes_words_of_ours_or_brings_a_language() -> None:
    own = Catalogues(
        (("theme/locale/de.po", po(("Archive", "Ablage"))), ("theme/locale/nl.po", po(("Archive", "Archief"))))
    )
    german, dutch = own.interface("de-AT"), own.interface("nl")
    assert german.gettext("Archive") == "Ablage"
    assert german.gettext("Tags") == "Tags"
    assert german.gettext("Results") == "Ergebnisse"
    assert (dutch.gettext("Archive"), dutch.gettext("Results"), dutch.tag) == ("Archief", "Results", "nl")
    assert own.names() == ("de", "en", "es", "fr", "ja", "nl", "tr")
    # German is whole with ours behind it; Dutch is not.
    assert [(one.path, one.severity) for one in own.problems()] == [("theme/locale/nl.po", "warning")]


def test_own_english_catalogue_rewords_english() -> None:
    own = Catalogues((("theme/locale/en.po", po(("Archive", "Everything"))),))
    assert own.interface("en").gettext("Archive") == "Everything"
    assert own.interface("en-GB").gettext("Archive") == "Everything"
    assert own.interface("en").gettext("Tags") == "Tags"


def test_catalogue_for_a_region_stands_before_that_for_its_language() -> None:
    own = Catalogues(
        (("theme/locale/pt_BR.po", po(("Archive", "Arquivo"))), ("theme/locale/pt.po", po(("Archive", "Arquivos"))))
    )
    assert own.interface("pt-BR").gettext("Archive") == "Arquivo"
    assert own.interface("pt-PT").gettext("Archive") == "Arquivos"
    assert own.interface("pt").gettext("Archive") == "Arquivos"
