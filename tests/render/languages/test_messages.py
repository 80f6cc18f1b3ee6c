"""What readers see passes through the catalogues, and the catalogues are whole."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from jinja2 import nodes

from services.render.languages.catalogue import Catalogue, key_of, read_catalogue
from services.render.languages.choice import LOCALE_DIR, known_messages
from services.render.pages.environments import TEMPLATE_DIR, create_environment
from tests.conftest import ROOT
from tests.render.languages.texts import LANGUAGES, Texts
from tools.messages import extract, files, written

STATIC_DIR = ROOT / "services/render/pages/static"
SCRIPTS = sorted(STATIC_DIR.glob("*.js"))
#: The page for operators is in English, as logs and commands are.
TEMPLATES = sorted(path for path in TEMPLATE_DIR.glob("*.html") if path.name != "insight.html")
MODULES = sorted(
    path for path, method in files() if method == "python" and not {"languages", "insight"}.intersection(path.parts)
)
ENVIRONMENT = create_environment()
GETTEXT = {"_", "gettext", "ngettext", "pgettext", "message"}
#: Two adjacent letters: a word of some language.
WORD = re.compile(r"[^\W\d_]{2,}")
#: A word with a capital, or two words.
PROSE = re.compile(r"^[A-Z][a-z]+(?:[ .:!?,].*)?$|[A-Za-z]{2,},? [A-Za-z]{2,}", re.DOTALL)
#: Strings of scripts that look like words: names of headers, classes and elements.
OF_SCRIPTS = {"Accept", "Escape", "act copy", "notice notice-degraded", "rows hits"}


def html_of(source: str) -> str:
    """A template as HTML: expressions and translated blocks are gone, what is literal stays."""
    # The classes of the body, and the language of words, are given to an attribute elsewhere.
    source = re.sub(r"{% block kind %}.*?{% endblock %}| lang=\"{{[^}]*}}\"", "", source)
    html, is_translated = "", False
    for _, kind, value in ENVIRONMENT.lex(source):
        if kind == "name" and value in {"trans", "endtrans"}:
            is_translated = value == "trans"
        if kind == "data" and not is_translated:
            html += value
    return html


def literals(source: str) -> list[str]:
    """The words that a template has for readers by itself."""
    texts = Texts()
    texts.feed(html_of(source))
    tree = ENVIRONMENT.parse(source)
    passed = {
        id(one)
        for call in tree.find_all(nodes.Call)
        if isinstance(call.node, nodes.Name) and call.node.name in GETTEXT
        for one in call.find_all(nodes.Const)
    }
    constants = [
        one.value for one in tree.find_all(nodes.Const) if isinstance(one.value, str) and id(one) not in passed
    ]
    return [one for one in texts.found if WORD.search(one)] + [one for one in constants if PROSE.search(one)]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_templates_have_no_words_beside_the_catalogue(path: Path) -> None:
    assert literals(path.read_text("utf-8")) == []


def test_words_in_templates_are_found_wherever_they_stand() -> None:
    for source in (
        "<p>Hello</p>",
        '<a aria-label="Close it" href="/">x</a>',
        '<p>{{ "Newest first" if page.is_home else "x" }}</p>',
        "{% if a %}<p>{{ b }} articles</p>{% endif %}",
        "{% trans %}x{% endtrans %} words",
    ):
        assert literals(source), source
    assert literals('<p class="row two">{% trans a=page.b %}Hello {{ a }}{% endtrans %}{{ _("More words") }}</p>') == []


#: A call that names messages, a comment, or a string.
CALLS = re.compile(r"n?gettext\(\s*\"(?:[^\"\\]|\\.)*\"(?:,\s*\"(?:[^\"\\]|\\.)*\")?\s*\)")
STRINGS = re.compile(
    r"//[^\n]*|/\*.*?\*/|\"((?:[^\"\\\n]|\\.)*)\"|'((?:[^'\\\n]|\\.)*)'|`((?:[^`\\]|\\.)*)`", re.DOTALL
)


def spoken(source: str) -> Iterator[str]:
    """The strings of a script that look like words and are not messages."""
    for match in STRINGS.finditer(CALLS.sub("", source)):
        text = next(filter(None, match.groups()), "")
        is_selector = text.startswith(".") or "[" in text
        if PROSE.search(text) and not is_selector and text not in OF_SCRIPTS:
            yield text


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_scripts_have_no_words_beside_the_catalogue(path: Path) -> None:
    assert list(spoken(path.read_text("utf-8"))) == []


def test_words_in_scripts_are_found() -> None:
    assert list(spoken('a.textContent = "Try again"; b(gettext("Copy"), "Close"); c = `No results`;')) == [
        "Try again",
        "Close",
        "No results",
    ]


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    """The calls that name a message."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in GETTEXT:
                yield node


def strings(node: ast.AST) -> Iterator[str]:
    """The texts in ``node``, those of f-strings included."""
    for one in ast.walk(node):
        if isinstance(one, ast.Constant) and isinstance(one.value, str):
            yield one.value


def test_every_message_that_code_names_is_in_the_template() -> None:
    """The extractor does not look into f-strings: a message that stands in one would be lost without a word."""
    known = {key.rpartition("\x04")[2] for key in known_messages()} | set(known_messages().values())
    for path in MODULES:
        for call in calls(ast.parse(path.read_text("utf-8"))):
            assert {text for one in call.args for text in strings(one)} <= known | {"one"}, path


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_html_in_code_has_no_words_beside_the_catalogue(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    for text in strings(tree):
        assert not re.search(
            r'(?:aria-label|title|alt|placeholder)="[A-Z]\w|<(?:p|b|summary|h\d|label|span)[^<>]*> ?[A-Z]\w', text
        ), text


#: Modules that write what readers see.
WRITERS = [
    path
    for path in MODULES
    if (path.parent.name in {"pages", "typeset"} and path.name != "templates.py")
    or path.name in {"errors.py", "scope.py"}
]


@pytest.mark.parametrize("path", WRITERS, ids=lambda path: path.name)
def test_pages_are_written_without_words_beside_the_catalogue(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    apart = set(map(id, _not_shown(tree)))
    found = [
        one.value
        for one in ast.walk(tree)
        if isinstance(one, ast.Constant) and isinstance(one.value, str) and id(one) not in apart
    ]
    shown = [text for text in found if re.search(r"^[A-Z][a-z]+ [a-z]+ |[a-z]{2,} [a-z]{2,}[ .]", text)]
    assert [text for text in shown if "<" not in text] == []


def _not_shown(tree: ast.AST) -> Iterator[ast.AST]:
    """Messages, docstrings, log lines and what is raised or reported to authors."""
    for node in ast.walk(tree):
        is_said = isinstance(node, ast.Call) and (
            node in set(calls(node)) or "log" in ast.unparse(node.func) or "Problem" in ast.unparse(node.func)
        )
        is_doc = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if is_said or is_doc or isinstance(node, ast.Raise):
            yield from ast.walk(node)


def test_template_of_the_catalogues_has_the_messages_of_the_sources() -> None:
    """``make messages`` was run."""
    assert (LOCALE_DIR / "messages.pot").read_text("utf-8") == written(extract())


@pytest.mark.parametrize("language", LANGUAGES)
def test_catalogue_is_whole(language: str) -> None:
    """Every message is translated, none is fuzzy, and placeholders, tags and plural forms are those of the message."""
    path = LOCALE_DIR / f"{language}.po"
    read = read_catalogue(path.name, path.read_bytes(), known_messages())
    assert isinstance(read, Catalogue)
    assert read.problems == ()
    with path.open("rb") as file:
        catalog = read_po(file, locale=language)
    assert {key_of(one) for one in catalog if one.id} == set(known_messages())
    assert [one.id for one in catalog if one.id and (one.fuzzy or not all(one.string or ()))] == []
    assert path.read_text("utf-8") == written(catalog), "run make messages"


def test_these_languages_are_there() -> None:
    assert sorted(path.stem for path in LOCALE_DIR.glob("*.po")) == sorted(LANGUAGES)
