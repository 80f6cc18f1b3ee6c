"""Words, dates and numbers of pages in one language. Pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import lru_cache
from gettext import NullTranslations

from babel import Locale
from babel.dates import format_date, format_skeleton
from babel.lists import format_list
from babel.numbers import format_decimal

from services.render.languages.direction import direction

#: Cache size for texts of dates and numbers.
_KEPT = 4096
#: English without a region: the day before the month, as most of the world writes it.
_ENGLISH = Locale.parse("en_001")
#: A text that no list contains, to find the separators of its entries.
_ENTRY = "\0"
#: Counts that cover every plural category of every language.
_COUNTS = (*range(201), 1_000, 10_000, 100_000, 1_000_000)


class Interface:
    """The interface in one language. Compared by identity: ``choice`` gives one for each language and catalogue.

    ``tag`` is the language of the words (BCP 47), ``locale`` that of dates and numbers, which may have a region.
    """

    def __init__(self, tag: str, locale: Locale, translations: NullTranslations) -> None:
        self.tag = tag
        #: ``ltr`` or ``rtl``.
        self.direction = direction(tag)
        self.locale = _ENGLISH if (locale.language, locale.territory) == ("en", None) else locale
        self.translations = translations
        keep = lru_cache(_KEPT)
        #: ``12 January 2026``.
        self.day: Callable[[date], str] = keep(self._date("long"))
        #: ``12 Jan 2026``, for narrow places.
        self.day_short: Callable[[date], str] = keep(self._date("medium"))
        #: ``12 Jan``, below a heading with the year.
        self.day_of_year: Callable[[date], str] = keep(self._skeleton("MMMd"))
        #: ``Jan 2026``.
        self.month: Callable[[date], str] = keep(self._skeleton("yMMM"))
        #: ``2026``, of a number or a date.
        self.year: Callable[[int], str] = keep(self._year)
        #: ``1,234``.
        self.number: Callable[[int], str] = keep(self._number)
        #: ``5 min``.
        self.minutes: Callable[[int], str] = keep(self._minutes)
        #: ``3 articles``.
        self.articles: Callable[[int], str] = keep(self._articles)

    def gettext(self, text: str, /, **values: object) -> str:
        """Translate the message ``text``, with ``values`` filled in."""
        return self.translations.gettext(text) % values

    def pgettext(self, context: str, text: str, /) -> str:
        """Translate ``text`` in a ``context`` that tells it from another message with the same words."""
        return self.translations.pgettext(context, text)

    def ngettext(self, one: str, many: str, number: int, /, **values: object) -> str:
        """Translate a message in the form for ``number``; ``%(count)s`` is the number itself."""
        return self.translations.ngettext(one, many, number) % {"count": self.number(number), **values}

    def plural_forms(self, one: str, many: str) -> dict[str, str]:
        """The forms of a message by plural category (CLDR: one, few, other), not filled in."""
        forms: dict[str, str] = {}
        for number in _COUNTS:
            forms.setdefault(self.locale.plural_form(number), self.translations.ngettext(one, many, number))
        return forms

    def between_alternatives(self, count: int) -> list[str]:
        """The text before each of ``count`` entries of a list that says *or*, and after the last."""
        return format_list([_ENTRY] * count, "or", self.locale).split(_ENTRY)

    def _date(self, form: str) -> Callable[[date], str]:
        return lambda day: format_date(day, form, self.locale)

    def _skeleton(self, skeleton: str) -> Callable[[date], str]:
        return lambda day: format_skeleton(skeleton, day, locale=self.locale)

    def _year(self, year: int) -> str:
        return format_skeleton("y", date(year, 1, 1), locale=self.locale)

    def _number(self, number: int) -> str:
        return format_decimal(number, locale=self.locale)

    def _minutes(self, count: int) -> str:
        return self.ngettext("%(count)s min", "%(count)s min", count)

    def _articles(self, count: int) -> str:
        return self.ngettext("%(count)s article", "%(count)s articles", count)


#: English needs no catalogue: its words are the messages themselves.
ENGLISH = Interface("en", _ENGLISH, NullTranslations())
