"""Bundle a script with the modules, and a style sheet with the sheets, that it imports. Pure.

The sources are small files with one subject each. Sent one by one, the headers of each answer would be as large as its
body; joined, each file that a page names is one request. A module becomes a function that returns its exports, so its
local names stay separate.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping

_PATH = r'"(\.{1,2}/[\w./-]+)"'
#: ``import { a, b as c } from "./d.js";``, or ``import "./d.js";`` for what it does alone.
_IMPORT = re.compile(rf"^import (?:\{{([^}}]*)\}} from )?{_PATH};$", re.MULTILINE)
_DYNAMIC = re.compile(rf"\bimport\({_PATH}\)")
_EXPORT = re.compile(r"^export (?=(?:async function|function|class|const) (\w+))", re.MULTILINE)
_EXPORTED = re.compile(r"^export \{([^}]*)\};$", re.MULTILINE)
#: Import and export forms that are not supported: ``export default``, ``export let``, ``import * as``.
_OTHER = re.compile(r"^(?:import|export)\b(?!\().*", re.MULTILINE)
_SHEET = re.compile(r'^@import "([\w.-]+)";$', re.MULTILINE)


def parts(sources: Mapping[str, bytes]) -> frozenset[str]:
    """The names of files that are only sent as part of others: imported, and never at run time."""
    imported: set[str] = set()
    loaded: set[str] = set()
    for name, source in sources.items():
        for pattern, found in ((_patterns(name), imported), (_DYNAMIC, loaded)):
            if name.endswith((".js", ".css")):
                found.update(_beside(name, match[match.lastindex or 0]) for match in pattern.finditer(source.decode()))
    return frozenset(imported - loaded)


def bundle(name: str, sources: Mapping[str, bytes]) -> str:
    """The text of a script or style sheet with everything it imports.

    Raises ValueError for an import of a missing file, a cycle, or a form that is not supported.
    """
    if name.endswith(".css"):
        return _join_sheet(name, sources, ())
    order = list(dict.fromkeys(_in_order(name, sources, ())))
    variables = {module: f"${number}" for number, module in enumerate(order)}
    modules = [
        f"const {variables[one]} = (() => {{\n{_inner(name, one, sources, variables)}}})();\n" for one in order[:-1]
    ]
    entry = _linked(name, name, sources, variables)
    _refuse_other(name, _EXPORTED.sub("", _EXPORT.sub("", entry)))
    return "".join([*modules, entry])


def _patterns(name: str) -> re.Pattern[str]:
    return _SHEET if name.endswith(".css") else _IMPORT


def _beside(referrer: str, target: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(referrer), target))


def _text(name: str, sources: Mapping[str, bytes], above: tuple[str, ...]) -> str:
    if name in above:
        raise ValueError(f"static files refer to each other in a circle: {' -> '.join([*above, name])}")
    if name not in sources:
        raise ValueError(f"static/{above[-1]} refers to {name}, and there is no such file")
    return sources[name].decode()


def _join_sheet(name: str, sources: Mapping[str, bytes], above: tuple[str, ...]) -> str:
    text = _text(name, sources, above)
    return _SHEET.sub(lambda match: _join_sheet(_beside(name, match[1]), sources, (*above, name)), text)


def _in_order(name: str, sources: Mapping[str, bytes], above: tuple[str, ...]) -> Iterator[str]:
    """The imports of ``name`` in dependency order; ``name`` is the last."""
    for match in _IMPORT.finditer(_text(name, sources, above)):
        yield from _in_order(_beside(name, match[2]), sources, (*above, name))
    yield name


def _linked(entry: str, name: str, sources: Mapping[str, bytes], variables: Mapping[str, str]) -> str:
    """A module whose imports read the variables of others, and whose ``import()`` is as seen from ``entry``."""

    def bind(match: re.Match[str]) -> str:
        if match[1] is None:
            return ""
        return f"const {{{match[1].replace(' as ', ': ')}}} = {variables[_beside(name, match[2])]};"

    def reach(match: re.Match[str]) -> str:
        path = posixpath.relpath(_beside(name, match[1]), posixpath.dirname(entry) or ".")
        return f'import("{path if path.startswith(".") else f"./{path}"}")'

    return _DYNAMIC.sub(reach, _IMPORT.sub(bind, sources[name].decode()))


def _inner(entry: str, name: str, sources: Mapping[str, bytes], variables: Mapping[str, str]) -> str:
    text = _linked(entry, name, sources, variables)
    exported = [match[1] for match in _EXPORT.finditer(text)]
    exported += [one.strip() for match in _EXPORTED.finditer(text) for one in match[1].split(",")]
    text = _EXPORTED.sub("", _EXPORT.sub("", text))
    _refuse_other(name, text)
    return f"{text}\nreturn {{ {', '.join(exported)} }};\n"


def _refuse_other(name: str, text: str) -> None:
    if other := _OTHER.search(text):
        raise ValueError(f"static/{name}: cannot be bundled with other modules: {other[0]}")
