"""One gettext catalogue: a .po file as translations, or its problems. Pure."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from gettext import GNUTranslations, c2py

from babel import Locale, UnknownLocaleError
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po

from shared.content.problem import Problem

#: A placeholder for a value in a message.
_PLACEHOLDER = re.compile(r"%\((\w+)\)s")
#: Every valid use of ``%`` in a message: a placeholder, or the sign itself.
_PERCENT = re.compile(r"%%|%\(\w+\)s")
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_ENTITY = re.compile(r"&(?!(?:[a-zA-Z]\w*|#\d+|#x[0-9a-fA-F]+);)")
#: Counts to try a rule for plural forms with.
_TRIED = 1_000
_HEADER = "Plural-Forms"
_WRITTEN = "write it as in nplurals=2; plural=(n != 1);"
_NPLURALS = re.compile(r"nplurals\s*=\s*(\d+)")
#: More plural forms than any language has.
_MOST_FORMS = 6
#: A line that begins a text without ending it.
_TORN = re.compile(r'\s*(?:msg\w+(?:\[\d+\])?\s*)?"(?:[^"\\]|\\.)*$')


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The translations of one file, in the language ``locale`` (``de``, ``pt_BR``).

    ``compiled`` is the .mo of every message that is translated and without fault; ``problems`` name the others by line.
    """

    locale: str
    compiled: bytes
    problems: tuple[Problem, ...] = ()

    def translations(self) -> GNUTranslations:
        """The messages, without a fallback yet."""
        return GNUTranslations(io.BytesIO(self.compiled))


def read_catalogue(path: str, source: bytes, known: Mapping[str, str] | None = None) -> Catalogue | Problem:
    """The catalogue that ``source``, the text of the file ``path``, holds; a problem if it is none.

    ``known`` are our messages: key (see ``key_of``) → plural msgid, or "". Any other message is a warning.
    """
    name = path.rpartition("/")[2].removesuffix(".po").replace("-", "_")
    try:
        Locale.parse(name)
    except (ValueError, UnknownLocaleError):
        return Problem(path, 1, f"{name!r} is not a language: name the file by one, as in nl.po or pt_BR.po")
    try:
        return _checked(path, name, _parse(source, name), known)
    except _NoCatalogue as error:
        return Problem(path, error.line, str(error))


class _NoCatalogue(ValueError):
    """A file that cannot be used at all: ``line`` is where."""

    def __init__(self, line: int, said: str) -> None:
        super().__init__(said)
        self.line = line


def _parse(source: bytes, name: str) -> Catalog:
    """The messages of ``source``, with a rule for plural forms that can be used. Raises _NoCatalogue."""
    try:
        text = source.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _NoCatalogue(1, "the file is not UTF-8: save it as UTF-8") from None
    lines = text.splitlines()
    if torn := next((number for number, line in enumerate(lines, 1) if _TORN.match(line)), None):
        raise _NoCatalogue(torn, "this is not a gettext catalogue: the line has a quotation mark too few")
    header = next((number for number, line in enumerate(lines, 1) if _HEADER in line), 1)
    if (told := _NPLURALS.search(lines[header - 1] if lines else "")) and not 1 <= int(told[1][:9]) <= _MOST_FORMS:
        raise _NoCatalogue(header, f"nplurals={told[1][:9]}: a language has 1 to {_MOST_FORMS} plural forms")
    try:
        catalog = read_po(io.BytesIO(text.encode()), locale=name, charset="utf-8", abort_invalid=True)
    except PoFileError as error:
        raise _NoCatalogue(error.lineno + 1, f"this is not a gettext catalogue: {error}") from error
    except ValueError as error:
        raise _NoCatalogue(header, f"{_HEADER} cannot be read ({error}): {_WRITTEN}") from error
    _try_forms(catalog, header)
    if not any(message.id for message in catalog):
        raise _NoCatalogue(1, "this is not a gettext catalogue: it has no msgid (see messages.pot)")
    return catalog


def _try_forms(catalog: Catalog, line: int) -> None:
    """Try the rule for plural forms, written on ``line``. Raises _NoCatalogue."""
    try:
        rule, count = c2py(catalog.plural_expr), catalog.num_plurals
        given = {number: rule(number) for number in range(_TRIED)}
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise _NoCatalogue(line, f"{_HEADER} cannot be read ({error}): {_WRITTEN}") from error
    wrong = next((number for number, form in given.items() if not 0 <= form < count), None)
    if wrong is not None:
        said = f"{_HEADER} gives form {given[wrong]} for {wrong}, and nplurals={count} has forms 0 to {count - 1}"
        raise _NoCatalogue(line, said)


def _checked(path: str, name: str, catalog: Catalog, known: Mapping[str, str] | None) -> Catalogue:
    problems: list[Problem] = []
    usable = Catalog(locale=name)
    usable.header_comment = ""
    usable.mime_headers = [(_HEADER, catalog.plural_forms)]
    translated = set()
    for message in catalog:
        if not message.id:
            continue
        one, many = _ids(message)
        line, key = message.lineno or 1, key_of(message)
        if known is not None and known.get(key) != many:
            problems.append(Problem(path, line, _unknown(one, known.get(key)), "warning"))
        elif message.fuzzy:
            problems.append(Problem(path, line, f"{_short(one)} is marked as fuzzy, so it is not used", "warning"))
        elif any(_strings(message)):
            fault = next(_faults(message, one, many), None)
            problems += [Problem(path, line, fault)] if fault else []
            if fault is None:
                translated.add(key)
                usable.add(message.id, message.string, context=message.context)
    missing = [one for one in known or () if one not in translated]
    if missing:
        shown = (
            f"{len(missing)} of {len(known or ())} messages have no translation, the first of them {_short(missing[0])}"
        )
        problems.append(Problem(path, 1, shown, "warning"))
    compiled = io.BytesIO()
    write_mo(compiled, usable)
    return Catalogue(name, compiled.getvalue(), tuple(problems))


def key_of(message: Message) -> str:
    """The key of a message: its msgid, after its context if it has one."""
    one, _ = _ids(message)
    return f"{message.context}\x04{one}" if message.context else one


def _ids(message: Message) -> tuple[str, str]:
    return (message.id[0], message.id[1]) if isinstance(message.id, (list, tuple)) else (str(message.id), "")


def _strings(message: Message) -> tuple[str, ...]:
    return tuple(message.string) if isinstance(message.string, (list, tuple)) else (message.string or "",)


def _unknown(one: str, many: str | None) -> str:
    if many is not None:
        return f"{_short(one)} has {'a' if many else 'no'} msgid_plural in this version: it is not used"
    return f"{_short(one)} is not a message of this version: it is not used"


def _faults(message: Message, one: str, many: str) -> Iterator[str]:
    """The problems of a translated message, the worst first."""
    forms = _strings(message)
    if not all(forms):
        yield f"{_short(one)}: msgstr[{forms.index('')}] is empty: every plural form needs a text"
    wanted = set(_PLACEHOLDER.findall(one + many))
    for form in forms:
        if "%" in _PERCENT.sub("", form):
            yield f"{_short(form)}: % stands alone or before something else than (name)s: write %% for the sign"
        has = set(_PLACEHOLDER.findall(form))
        # A form for one or two may spell the number as a word.
        lacking = wanted - has - ({"count"} if many else set())
        if has - wanted:
            yield f"{_short(form)}: %({min(has - wanted)})s is not a placeholder of {_short(one)}{_named(wanted)}"
        if lacking:
            yield f"{_short(form)}: %({min(lacking)})s of {_short(one)} is missing"
        if _markup(form) != _markup(one) and not (many and _markup(form) == _markup(many)):
            yield f"{_short(form)}: its HTML tags differ from those of {_short(one)}"
        if _ENTITY.search(form) and _TAG.search(one):
            yield f"{_short(form)}: write &amp; for & beside HTML tags"


def _named(names: Iterable[str]) -> str:
    listed = ", ".join(f"%({name})s" for name in sorted(names))
    return f", which has {listed}" if listed else ", which has none"


def _markup(text: str) -> Counter[str]:
    return Counter(_TAG.findall(text))


def _short(text: str) -> str:
    text = text.rpartition("\x04")[2]
    return f'"{text[:60]}…"' if len(text) > 61 else f'"{text}"'
