"""Translate the messages of a script: each becomes a literal in the language of the site. Pure.

``gettext("Copy")`` becomes ``"Kopieren"``, and ``ngettext("%(count)s error", "%(count)s errors")`` the forms by plural
category, ``{"one": "…", "other": "…"}``, among which ``Intl.PluralRules`` chooses.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from services.render.languages.interface import Interface

_STRING = r'"((?:[^"\\\n]|\\.)*)"'
_ONE = re.compile(rf"\bgettext\(\s*{_STRING}\s*,?\s*\)")
_MANY = re.compile(rf"\bngettext\(\s*{_STRING}\s*,\s*{_STRING}\s*,?\s*\)")


def translate_script(source: str, interface: Interface) -> str:
    """``source`` with each message as a literal in the language of ``interface``."""

    def many(match: re.Match[str]) -> str:
        return _literal(interface.plural_forms(_text(match[1]), _text(match[2])))

    def one(match: re.Match[str]) -> str:
        return _literal(interface.translations.gettext(_text(match[1])))

    return _ONE.sub(one, _MANY.sub(many, source))


def _text(literal: str) -> str:
    return str(json.loads(f'"{literal}"'))


def _literal(value: str | Mapping[str, str]) -> str:
    return json.dumps(value, ensure_ascii=False).replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
