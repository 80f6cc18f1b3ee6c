"""The part of a JavaScript or TypeScript configuration that is data. Pure; nothing is run.

Literals become values; a call becomes a ``Call`` with its arguments, so that ``defineConfig({…})`` and
``starlight({…})`` can be inspected; any other expression is ``UNKNOWN`` and left out of objects.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

#: A value that only running the file could give.
UNKNOWN = object()
#: Brackets nested deeper than this are not configuration.
_MAX_DEPTH = 60

_SPACE = re.compile(r"(?:\s|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_NAME = re.compile(r"[A-Za-z_$][\w$]*(?:\??\.[A-Za-z_$][\w$]*)*")
_NUMBER = re.compile(r"-?(?:0x[\da-fA-F]+|\d[\d_]*(?:\.\d+)?(?:e[+-]?\d+)?)")
_STRING = re.compile(r'"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'|`(?:[^`\\]|\\.)*`', re.DOTALL)
_REGEX = re.compile(r"/(?![/*])(?:[^/\\\n\[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/[a-z]*")
_BINDING = re.compile(
    r"(?:^|[;\n}])\s*(?:export\s+)?(?:const|let|var)\s+([A-Za-z_$][\w$]*)\s*(?::\s*[^=;{]+?|:\s*\{[^}]*\})?\s*=(?![=>])"
)
_DEFAULT = re.compile(r"(?:^|[;\n}])\s*(?:export\s+default\b|module\.exports\s*=(?!=)|export\s*=)")
_RETURN = re.compile(r"\breturn\s*(?=\{)")
_ESCAPES = {"n": "\n", "t": "\t", "r": "", "b": "", "f": "", "v": "", "0": "", "\n": ""}


@dataclass(frozen=True, slots=True)
class Call:
    """A call in the source: the name of the function, and its arguments as values."""

    name: str
    arguments: tuple[Any, ...]


def read_js(text: str) -> dict[str, Any]:
    """The constants of a file by name, and what it exports (or its function returns) as ``default``."""
    reader = _Reader(text)
    values: dict[str, Any] = {}
    for match in _BINDING.finditer(text):
        values.setdefault(match[1], reader.value(match.end()))
        reader.names = values
    default = _DEFAULT.search(text)
    exported = _unwrap(reader.value(default.end())) if default else UNKNOWN
    if not isinstance(exported, dict | list):
        returned = _RETURN.search(text, default.end() if default else 0)
        exported = _unwrap(reader.value(returned.end())) if returned else UNKNOWN
    if isinstance(exported, dict | list):
        values["default"] = exported
    return {name: value for name, value in values.items() if value is not UNKNOWN}


def _unwrap(value: Any) -> Any:
    """The argument of ``defineConfig({…})`` and the like."""
    while isinstance(value, Call) and value.arguments:
        value = value.arguments[0]
    return value


class _Reader:
    """A recursive descent parser of expressions. It skips what it cannot parse to the next comma or bracket."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.names: dict[str, Any] = {}

    def value(self, start: int) -> Any:
        """The value of the expression that starts at ``start``."""
        return self._expression(start, 0)[0]

    def _skip_space(self, at: int) -> int:
        match = _SPACE.match(self._text, at)
        return match.end() if match else at

    def _expression(self, at: int, depth: int) -> tuple[Any, int]:
        """A value and where the expression ends (at a comma, a closing bracket, a semicolon or the end)."""
        at = self._skip_space(at)
        value, end = self._primary(at, depth)
        after = self._skip_space(end)
        following = self._text[after : after + 10]
        if re.match(r"as\b|satisfies\b|!", following):
            return value, self._skip_to_end(after)
        # A string over two lines: "a" + "b".
        if following.startswith("+") and isinstance(value, str):
            more, end = self._expression(after + 1, depth + 1)
            return (value + more if isinstance(more, str) else UNKNOWN), end
        if after >= len(self._text) or self._text[after] in ",}])" or self._is_statement_end(end, after):
            return value, after
        return UNKNOWN, self._skip_to_end(after)

    def _is_statement_end(self, end: int, after: int) -> bool:
        return self._text[after] == ";" or ("\n" in self._text[end:after] and self._text[after] not in ".?+-*/%&|=<(")

    def _primary(self, at: int, depth: int) -> tuple[Any, int]:
        text = self._text
        if at >= len(text) or depth > _MAX_DEPTH:
            return UNKNOWN, self._skip_to_end(at)
        if text[at] in "{[(":
            return self._bracketed(at, depth + 1)
        string = _STRING.match(text, at)
        if string:
            return _text_of(string[0]), string.end()
        number = _NUMBER.match(text, at)
        if number:
            return _number_of(number[0]), number.end()
        name = _NAME.match(text, at)
        return self._name(name, depth) if name else (UNKNOWN, self._skip_to_end(at))

    def _bracketed(self, at: int, depth: int) -> tuple[Any, int]:
        if self._text[at] == "{":
            return self._object(at + 1, depth)
        if self._text[at] == "[":
            return self._list(at + 1, "]", depth)
        # A cast in a comment stands before brackets: /** @type {Options} */ ({ … })
        value, end = self._expression(at + 1, depth)
        return (value, end + 1) if self._text[end : end + 1] == ")" else (UNKNOWN, self._skip_to_end(at))

    def _name(self, match: re.Match[str], depth: int) -> tuple[Any, int]:
        word = match[0]
        if word in {"true", "false"}:
            return word == "true", match.end()
        if word in {"null", "undefined"}:
            return None, match.end()
        if word in {"async", "function", "new", "await", "typeof", "class"}:
            return UNKNOWN, self._skip_to_end(match.end())
        at = self._skip_space(match.end())
        if self._text[at : at + 1] == "(":
            arguments, end = self._list(at + 1, ")", depth + 1)
            return Call(word, tuple(arguments)), end
        return self._look_up(word), match.end()

    def _look_up(self, word: str) -> Any:
        first, *rest = word.replace("?.", ".").split(".")
        value = self.names.get(first, UNKNOWN)
        for key in rest:
            value = value.get(key, UNKNOWN) if isinstance(value, dict) else UNKNOWN
        return value

    def _list(self, at: int, closing: str, depth: int) -> tuple[list[Any], int]:
        values: list[Any] = []
        while True:
            at = self._skip_space(at)
            if at >= len(self._text) or self._text[at] in ")]}":
                return values, at + (self._text[at : at + 1] == closing)
            if self._text[at] == ",":
                at += 1
            elif self._text.startswith("...", at):
                at = self._skip_to_end(at + 3)
            else:
                value, end = self._expression(at, depth)
                values.append(None if value is UNKNOWN else value)
                at = max(end, at + 1)

    def _object(self, at: int, depth: int) -> tuple[dict[str, Any], int]:
        values: dict[str, Any] = {}
        while True:
            at = self._skip_space(at)
            if at >= len(self._text) or self._text[at] in ")]}":
                return values, at + 1
            if self._text[at] == ",":
                at += 1
                continue
            key, end = self._key(at)
            after = self._skip_space(end)
            if key is not None and self._text[after : after + 1] == ":":
                value, end = self._expression(after + 1, depth)
                if value is not UNKNOWN:
                    values[key] = value
            elif key is not None and self._text[after : after + 1] in {",", "}"}:
                value = self._look_up(key)
                if value is not UNKNOWN:
                    values[key] = value
            else:
                end = self._skip_to_end(after)
            at = max(end, at + 1)

    def _key(self, at: int) -> tuple[str | None, int]:
        string = _STRING.match(self._text, at)
        if string:
            return _text_of(string[0]), string.end()
        name = re.compile(r"[\w$]+").match(self._text, at)
        return (name[0], name.end()) if name else (None, at)

    def _skip_to_end(self, at: int) -> int:
        """The end of an expression that is not data: a comma or closing bracket outside its own brackets."""
        text, depth = self._text, 0
        while at < len(text):
            char = text[at]
            string = _STRING.match(text, at) if char in "\"'`" else None
            if string:
                at = string.end()
                continue
            if text.startswith(("//", "/*"), at):
                at = max(self._skip_space(at), at + 1)
                continue
            pattern = _REGEX.match(text, at) if char == "/" and text[:at].rstrip()[-1:] in "=(:,[!&|?{};" else None
            if pattern:
                at = pattern.end()
                continue
            if char in "([{":
                depth += 1
            elif char in ")]}":
                if depth == 0:
                    return at
                depth -= 1
            elif char in ",;" and depth == 0:
                return at
            at += 1
        return at


def _text_of(literal: str) -> Any:
    if literal[0] == "`" and "${" in literal:
        return UNKNOWN
    return re.sub(r"\\(?:u([0-9a-fA-F]{4})|(.))", _unescape, literal[1:-1], flags=re.DOTALL)


def _unescape(match: re.Match[str]) -> str:
    if match[1]:
        code = int(match[1], 16)
        return "" if 0xD800 <= code <= 0xDFFF else chr(code)
    return _ESCAPES.get(match[2], match[2])


def _number_of(literal: str) -> int | float:
    digits = literal.replace("_", "")
    try:
        return int(digits, 0)
    except ValueError:
        return float(digits) if "x" not in digits else 0
