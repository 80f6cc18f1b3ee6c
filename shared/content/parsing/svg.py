"""Diagrams: an SVG file checked against a strict allow-list, and rewritten for inlining.

Anything else is rejected, not dropped: a diagram must look the same on the page as in its file. Does not depend on
Markdown or files.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape

# Expat alone, rejecting document types before an entity can be declared: nothing expands and nothing is fetched.
from xml.parsers import expat

from shared.content.problem import Problem

NAMESPACE = "http://www.w3.org/2000/svg"

_ELEMENT_NAMES = """
    svg title desc g defs symbol use rect circle ellipse line polyline polygon path text tspan marker clipPath
    mask linearGradient radialGradient stop pattern
"""
_ATTRIBUTE_NAMES = """
    id class role aria-labelledby aria-label aria-hidden focusable viewBox preserveAspectRatio transform x y x1
    y1 x2 y2 cx cy r rx ry fx fy width height d points dx dy rotate textLength lengthAdjust href clip-path
    clip-rule mask fill fill-opacity fill-rule stroke stroke-width stroke-opacity stroke-dasharray
    stroke-dashoffset stroke-linecap stroke-linejoin stroke-miterlimit opacity color font-size font-family
    font-weight font-style text-anchor dominant-baseline alignment-baseline letter-spacing word-spacing
    text-decoration xml:space paint-order vector-effect marker-start marker-mid marker-end markerWidth
    markerHeight markerUnits refX refY orient offset stop-color stop-opacity gradientUnits gradientTransform
    spreadMethod patternUnits patternContentUnits patternTransform clipPathUnits maskUnits maskContentUnits
    shape-rendering text-rendering
"""
_ELEMENTS = frozenset(_ELEMENT_NAMES.split())
_ATTRIBUTES = frozenset(_ATTRIBUTE_NAMES.split())
_URL = re.compile(r"""url\(\s*(['"]?)\s*([^)'"]*)\1\s*\)""")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class Svg:
    """A parsed SVG. ``markup`` is empty if there are ``refusals``: such a file is neither shown nor served.

    ``advice`` lists obstacles to accessibility. ``width`` and ``height`` are those of its view box.
    """

    markup: str
    width: float | None
    height: float | None
    refusals: tuple[Problem, ...]
    advice: tuple[Problem, ...]


def parse_svg(source: str, text: str, *, prefix: str = "") -> Svg:
    """Read ``text``.

    In the markup every id and every reference to one has the ``prefix``, so that two diagrams do not clash.
    """
    reader = _Reader(source, prefix)
    reader.read(text)
    markup = "" if reader.refusals else "".join(reader.markup)
    width, height = reader.size
    return Svg(markup, width, height, tuple(reader.refusals), tuple(reader.advice))


class _Reader:
    """Processes the elements of one file, writing allowed ones and recording the others."""

    def __init__(self, source: str, prefix: str) -> None:
        self.markup: list[str] = []
        self.refusals: list[Problem] = []
        self.advice: list[Problem] = []
        self.size: tuple[float | None, float | None] = (None, None)
        self._source = source
        self._prefix = prefix
        self._path: list[str] = []
        self._root_children: list[str] = []
        self._parser = expat.ParserCreate("utf-8")
        self._parser.ordered_attributes = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._parser.ProcessingInstructionHandler = self._instruction

    def read(self, text: str) -> None:
        try:
            self._parser.Parse(text.encode(), True)  # noqa: FBT003 # expat takes it by position alone
        except expat.ExpatError as error:
            message = expat.errors.messages[error.code]
            self.refusals.append(Problem(self._source, error.lineno, f"this is not XML: {message}"))
        except _Refused:
            return
        if not self.refusals and self._root_children[:2] != ["title", "desc"]:
            self._advise(
                "the first children of <svg> must be <title> and <desc>: they are what a screen reader reads", 1
            )

    def _start(self, name: str, pairs: list[str]) -> None:
        attributes = dict(zip(pairs[::2], pairs[1::2], strict=True))
        if not self._path:
            self._check_root(name, attributes)
        elif len(self._path) == 1:
            self._root_children.append(name)
        self._path.append(name)
        if name not in _ELEMENTS:
            self._refuse(f"<{name}> is not allowed in a diagram: draw with shapes, paths and text")
            return
        written = "".join(self._attribute(name, key, value) for key, value in attributes.items())
        self.markup.append(f"<{name}{written}>")

    def _attribute(self, element: str, key: str, value: str) -> str:
        if element == "svg" and key == "xmlns":
            return f' xmlns="{NAMESPACE}"' if value == NAMESPACE else ""
        if key == "style":
            self._refuse(f"<{element}> has a style attribute: use classes and presentation attributes")
        elif key not in _ATTRIBUTES:
            self._refuse(f"{key!r} is not an attribute that <{element}> may have in a diagram")
        elif key == "id":
            value = self._prefix + value
        elif key == "href":
            value = self._own_reference(value)
        elif key == "aria-labelledby":
            value = " ".join(self._prefix + name for name in value.split())
        elif "url(" in value.lower() or "\\" in value:
            value = self._rewrite_urls(value)
        return f' {key}="{escape(value)}"'

    def _own_reference(self, value: str) -> str:
        if not value.startswith("#"):
            self._refuse(f"a diagram may only refer to its own parts, as in #arrow: {value!r}")
        return f"#{self._prefix}{value[1:]}"

    def _rewrite_urls(self, value: str) -> str:
        rewritten = _URL.sub(lambda match: f"url({self._own_reference(match[2])})", value)
        if "\\" in value or "url(" in _URL.sub("", value).lower():
            self._refuse(f"{value!r} is not a reference that can be read: write url(#name)")
        return rewritten

    def _check_root(self, name: str, attributes: dict[str, str]) -> None:
        if name != "svg" or attributes.get("xmlns") != NAMESPACE:
            self._refuse(f'the root must be <svg xmlns="{NAMESPACE}">')
        numbers = [float(number) for number in _NUMBER.findall(attributes.get("viewBox", ""))]
        if len(numbers) == 4 and min(numbers[2:]) > 0:
            self.size = (numbers[2], numbers[3])
        else:
            self._advise('<svg> needs a view box such as viewBox="0 0 640 360"', self._line)
        if attributes.get("role") != "img" or not attributes.get("aria-labelledby"):
            self._advise(
                '<svg> needs role="img" and aria-labelledby with the ids of its title and description', self._line
            )
        if "width" in attributes or "height" in attributes:
            self._advise("<svg> must not fix its width and height: the page gives them", self._line)

    def _end(self, name: str) -> None:
        self._path.pop()
        if name in _ELEMENTS:
            self.markup.append(f"</{name}>")

    def _characters(self, data: str) -> None:
        self.markup.append(escape(data, quote=False))

    def _doctype(self, *_: object) -> None:
        self._refuse("a document type is not allowed in a diagram: remove the <!DOCTYPE …> line")
        raise _Refused

    def _instruction(self, target: str, _data: str) -> None:
        self._refuse(f"<?{target} …?> is not allowed in a diagram")

    @property
    def _line(self) -> int:
        return int(self._parser.CurrentLineNumber)

    def _refuse(self, message: str) -> None:
        self.refusals.append(Problem(self._source, self._line, message))

    def _advise(self, message: str, line: int) -> None:
        self.advice.append(Problem(self._source, line, message))


class _Refused(Exception):
    """A signal to stop parsing; it never leaves this module."""
