"""Read YAML front matter with the line of each key, for error messages. Independent of the keys.

Most front matter is a few lines of ``key: value``. Patterns parse these in a tenth of the library's time, and leave
every other block to it. A property test compares their results with the library's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Hashable
from datetime import date
from typing import Any, Final

import yaml

from shared.content.parsing.validation import show, too_deep
from shared.content.problem import InvalidContent, Problem


class _Loader(yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader):  # type: ignore[misc] # both are loaders
    """YAML 1.1 without objects. An invalid date stays text, so that its own check can name it."""

    def construct_yaml_timestamp(self, node: Any) -> object:
        try:
            return super().construct_yaml_timestamp(node)
        except ValueError:
            return node.value


#: A line with a value: its prefix (a key, a mark of a list), and the value.
_VALUE = re.compile(r"^( *(?:- +)*(?:[^\s:#\"'-][^:#]*:[ \t]+)?)(\S.*)$")

#: The first line of TOML.
_TOML = re.compile(r"\s*[\w-]+ *= *\S")
#: What closes a list or a table that YAML found open, by the words of its message.
_CLOSING = {"while parsing a flow sequence": "]", "while parsing a flow mapping": "}"}

_Loader.add_constructor("tag:yaml.org,2002:timestamp", _Loader.construct_yaml_timestamp)


#: The characters of a block that is parsed by patterns: no tab, control, break or mark with a meaning in YAML.
_ORDINARY: Final = re.compile("[\n\\x20-\\x7e\\xa1-\\u2027\\u202a-\\ud7ff\\uff01-\\uff60\\U00010000-\\U0001ffff]+")
#: Unquoted values that are not text, by first character: the library's own patterns.
_NOT_TEXT: Final = {
    first: tuple(looks.match for _, looks in kinds) for first, kinds in _Loader.yaml_implicit_resolvers.items()
}
_TEXT = r"[A-Za-z0-9](?:[^\n:#]*[^\n:# ])?"
_QUOTED = r'"(?:[^"\\\n]|\\["\\])*"|\'[^\'\n]*\''
_ITEM = r"[A-Za-z][A-Za-z0-9_.+/-]*"
_DATE = "([0-9]{4})-([0-9]{2})-([0-9]{2})"
_NUMBER = "0|[1-9][0-9]{0,8}"
_LINE: Final = re.compile(rf"([a-z_]+): (?:{_DATE}|({_NUMBER})|\[({_ITEM}(?:, *{_ITEM})*)\]|({_TEXT}|{_QUOTED}))\n")


def read_plain(block: str) -> tuple[dict[str, Any], dict[str, int]] | None:
    """The result of ``read_yaml`` for a block of single lines of the usual kinds; None for any other.

    Text, plain or in quotes, dates, whole numbers, true and false, and lists of words in brackets.
    """
    if _ORDINARY.fullmatch(block) is None:
        return None
    data: dict[str, Any] = {}
    lines: dict[str, int] = {}
    at, line = 0, 2
    while at < len(block):
        match = _LINE.match(block, at)
        if match is None or match[1] in data or not _is_text(match[1]):
            return None
        key = match[1]
        try:
            data[key] = value = _value(match)
        except ValueError:
            return None
        lines[key] = line
        if type(value) is list:
            lines |= {f"{key}.{number}": line for number in range(len(value))}
        at, line = match.end(), line + 1
    return data, lines


def _value(match: re.Match[str]) -> object:
    """The value of one line. Raises ValueError if only the library can tell."""
    _, year, month, day, number, items, text = match.groups()
    if text is not None:
        return _text(text)
    if year is not None:
        return date(int(year), int(month), int(day))
    if number is not None:
        return int(number)
    return [_text(item) for item in items.replace(" ", "").split(",")]


def _text(written: str) -> object:
    if written[0] == '"':
        return re.sub(r"\\(.)", r"\1", written[1:-1]) if "\\" in written else written[1:-1]
    if written[0] == "'":
        return written[1:-1]
    if written in {"true", "false"}:
        return written == "true"
    if not _is_text(written):
        raise ValueError(written)
    return written


def _is_text(written: str) -> bool:
    kinds = _NOT_TEXT.get(written[0])
    return kinds is None or not any(looks(written) for looks in kinds)


def read_yaml(source: str, block: str) -> tuple[dict[str, Any], dict[str, int]]:
    """The keys of a block that starts on line 2 of ``source``, and the line of each. Raises InvalidContent."""
    return read_plain(block) or _read_by_library(source, block)


def _read_by_library(source: str, block: str) -> tuple[dict[str, Any], dict[str, int]]:
    loader = _Loader(block)
    try:
        node = loader.get_single_node()
        data = {} if node is None else loader.construct_document(node)
    except yaml.MarkedYAMLError as error:
        line, message = _explain(block, error)
        raise InvalidContent([Problem(source, line, f"the front matter is not YAML: {message}")]) from error
    except yaml.reader.ReaderError as error:
        line, message = _explain_character(block, error)
        raise InvalidContent([Problem(source, line, f"the front matter is not YAML: {message}")]) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise InvalidContent([Problem(source, 1, f"the front matter is not YAML: {error}")]) from error
    except (AttributeError, LookupError, TypeError) as error:  # PyYAML, for ``!!timestamp x`` and ``!!bool x``
        message = "a value does not fit the tag before it, as in !!bool x: remove the tag"
        raise InvalidContent([Problem(source, 1, f"the front matter is not YAML: {message}")]) from error
    finally:
        loader.dispose()
    lines: dict[str, int] = {}
    problems = list(_map_lines(source, node, "", lines))
    if deep := too_deep(source, data, lines):
        raise InvalidContent(deep)
    if not isinstance(data, dict):
        hint = " (TOML stands between two lines of +++)" if _TOML.match(block) else ""
        raise InvalidContent([Problem(source, 2, f"the front matter is not a table of keys: {show(data)}{hint}")])
    problems += (
        Problem(source, 2, f"{show(key)} is not a key: keys are text") for key in data if not isinstance(key, str)
    )
    if problems:
        raise InvalidContent(problems)
    return data, lines


def _explain(block: str, error: yaml.MarkedYAMLError) -> tuple[int, str]:
    """The line of a YAML error, and what to write there; else the error itself, with the start of its construct."""
    start, end = error.context_mark, error.problem_mark
    mark = end or start
    lines = block.splitlines()
    if mark and mark.line < len(lines) and "\t" in re.match(r"\s*", lines[mark.line])[0]:  # type: ignore[index] # matches
        return mark.line + 2, "a tab stands before the text: indent with blanks"
    near = dict.fromkeys(one.line for one in (end, start) if one is not None)
    for at in (*near, *(number - 1 for number in near)):
        if 0 <= at < len(lines) and (fix := _fix(lines, at, error)):
            return at + 2, f"write {fix}"
    line = mark.line + 2 if mark else 1
    if start and error.context in _CLOSING:
        return (
            start.line + 2,
            f"what begins here needs a comma between its parts and {_CLOSING[error.context]} at its end",
        )
    if error.context and start and end and start.line != end.line:
        return line, f"{error.problem} {error.context} that starts on line {start.line + 2}"
    return line, str(error.problem or error)


def _explain_character(block: str, error: yaml.reader.ReaderError) -> tuple[int, str]:
    """The line of a character that YAML may not hold, and its number."""
    # libyaml gives the position in bytes, Python in characters; the character is found by itself.
    found = str(error.character) if isinstance(error.character, str) else chr(error.character)
    return block.count("\n", 0, max(0, block.find(found))) + 2, f"remove the character U+{ord(found):04X}"


def _fix(lines: list[str], at: int, error: yaml.MarkedYAMLError) -> str | None:
    """The corrected line for the one at ``at`` in ``lines``: its value in quotation marks."""
    match = _VALUE.match(lines[at])
    if match is None or not match[1].strip():
        return None
    lead, value = match[1], match[2].rstrip()
    if value[0] in "[{" and not re.search(r"[]}]", value):
        return None
    text = value
    if value[0] in "\"'" and (value.count(value[0]) == 1 or value[-1] == value[0]):
        # Quotation marks that are there already, perhaps only the first, do not belong to the text.
        text = value[1:].removesuffix(value[0])
    quoted = json.dumps(text, ensure_ascii=False) if '"' not in text else "'" + text.replace("'", "''") + "'"
    fixed = f"{lead}{quoted}"
    return fixed.strip() if _reaches(lines, at, fixed, error) else None


def _marks(error: yaml.MarkedYAMLError) -> list[int]:
    return [one.line for one in (error.problem_mark, error.context_mark) if one is not None]


def _reaches(lines: list[str], at: int, fixed: str, before: yaml.MarkedYAMLError) -> bool:
    """Whether YAML parses beyond the line at ``at`` when it is ``fixed``, and the error ``before`` is gone."""
    loader = _Loader("\n".join((*lines[:at], fixed, *lines[at + 1 :])))
    try:
        loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        marks = _marks(error)
        return bool(marks) and min(marks) > at and marks != _marks(before)
    except yaml.YAMLError:
        return False
    finally:
        loader.dispose()
    return True


def _map_lines(source: str, node: yaml.Node | None, prefix: str, lines: dict[str, int]) -> list[Problem]:
    """Fill ``lines`` with the line of each key; one written twice is a problem (YAML keeps the last, silently)."""
    problems: list[Problem] = []
    pairs: list[tuple[Hashable, int, yaml.Node]] = []
    if isinstance(node, yaml.MappingNode):
        pairs = [
            (key.value, key.start_mark.line, value) for key, value in node.value if isinstance(key, yaml.ScalarNode)
        ]
    elif isinstance(node, yaml.SequenceNode) and prefix:
        pairs = [(number, item.start_mark.line, item) for number, item in enumerate(node.value)]
    for key, line, value in pairs:
        path = f"{prefix}{key}"
        if path in lines:
            problems.append(
                Problem(source, line + 2, f"{path} is written twice (first on line {lines[path]}): keep one")
            )
        lines[path] = line + 2
        # All keys have two levels; `extra` may be of any depth (and refer to itself).
        if prefix.count(".") < 2:
            problems += _map_lines(source, value, f"{path}.", lines)
    return problems
