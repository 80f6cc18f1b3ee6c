"""Formulas: ``$…$`` and ``$$…$$`` to MathML, on the server. The only import of latex2mathml.

The library does not escape text of a formula, markup included. So its output is parsed as XML, and only known elements
and attributes of MathML Core are kept (https://www.w3.org/TR/mathml-core/).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from xml.etree import ElementTree as ET

from latex2mathml.converter import convert
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin

from shared.content.problem import Problem

_NAMESPACE = "http://www.w3.org/1998/Math/MathML"
_ELEMENTS = frozenset(
    """math merror mfrac mi mmultiscripts mn mo mover mpadded mphantom mprescripts mroot mrow ms mspace msqrt mstyle
    msub msubsup msup mtable mtd mtext mtr munder munderover""".split()
)
_ATTRIBUTES = frozenset(
    """accent accentunder columnalign columnspan depth dir display displaystyle fence form height largeop linethickness
    lspace mathvariant maxsize minsize movablelimits rowspan rspace scriptlevel separator stretchy symmetric voffset
    width""".split()
)
#: A longer formula is a mistake, and its tree would overflow the stack.
MAX_CHARS, MAX_DEPTH = 4_000, 60
_TEXT = re.compile(r"\\(?:text(?:bf|it|rm|sf|tt)?|mbox)\s*\{[^{}]*\}")
#: GitHub's other spelling: ``$`x^2`$``.
_IN_CODE = re.compile(r"`[^`]+`")
#: A formula has at least one of these; text between two prices has none.
_SIGNS = frozenset("\\^_{}=+<>|/*()[]&~-")


class NotAFormula(ValueError):
    """LaTeX that cannot be shown; the message gives the reason."""


def formulas_plugin(parser: MarkdownIt) -> None:
    """``$…$`` and ``$$…$$`` in a line, and ``$$…$$`` as a block. Dollar signs beside digits and spaces are money."""
    parser.use(
        dollarmath_plugin,
        allow_labels=False,
        allow_space=False,
        allow_digits=False,
        allow_blank_lines=False,
        double_inline=True,
    )


def mark_formulas(tokens: Sequence[Token]) -> None:
    """Mark the tokens that are formulas, in place.

    A fence of the language ``math`` is one, and code between two dollar signs, as GitHub has them; the words between
    two prices are text.
    """
    for token in tokens:
        if token.type == "fence" and token.info.strip().lower() == "math":
            token.type = "math_block"
        elif token.children and "$" in token.content:
            _mark_inline(token.children)


def _mark_inline(children: Sequence[Token]) -> None:
    for child in children:
        if child.type in {"math_inline", "math_inline_double"}:
            sign = "$" if child.type == "math_inline" else "$$"
            child.type = "math_inline"
            if _IN_CODE.fullmatch(child.content):
                child.content = child.content.strip("`")
            elif not is_formula(child.content):
                child.type, child.content = "text", f"{sign}{child.content}{sign}"


def is_formula(text: str) -> bool:
    """Whether the text between two dollar signs is a formula: one sign, or a single word."""
    return " " not in text.strip() or not _SIGNS.isdisjoint(text)


def find_faults(tokens: Sequence[Token], source: str, first_line: int) -> Iterator[Problem]:
    """A warning for each formula that is shown as its source, with the reason."""
    for token in tokens:
        if "$" not in token.content and token.type != "math_block":
            continue
        line = first_line + (token.map[0] if token.map else 0)
        for formula in [token] if token.type == "math_block" else token.children or ():
            if formula.type in {"math_inline", "math_block"}:
                try:
                    to_mathml(formula.content.strip(), is_block=formula.type == "math_block")
                except NotAFormula as error:
                    message = f"the formula {formula.content.strip()[:40]!r} is shown as its source: {error}"
                    yield Problem(source, line, message, "warning")


@lru_cache(maxsize=512)
def to_mathml(latex: str, *, is_block: bool) -> str:
    """``latex`` as one safe ``<math>`` element. Raises NotAFormula."""
    if len(latex) > MAX_CHARS:
        raise NotAFormula(f"it has {len(latex):,} characters, and {MAX_CHARS:,} are read")
    # Markup in the text of a formula is text.
    escaped = _TEXT.sub(lambda text: text[0].replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"), latex)
    try:
        written = convert(escaped, display="block" if is_block else "inline")
        tree = ET.fromstring(written)  # noqa: S314 - no document type can be in it: see _keep
        return ET.tostring(_keep(tree, 0), encoding="unicode")
    except NotAFormula:
        raise
    except (Exception, RecursionError) as error:  # the library raises whatever is on its stack
        reason = re.sub(r"(?<!^)(?=[A-Z])", " ", type(error).__name__.removesuffix("Error")).lower()
        raise NotAFormula(str(error) or reason) from error


def _keep(element: ET.Element, depth: int) -> ET.Element:
    name = element.tag.removeprefix(f"{{{_NAMESPACE}}}")
    if name not in _ELEMENTS or depth > MAX_DEPTH:
        raise NotAFormula(f"<{name}> cannot be shown" if depth <= MAX_DEPTH else "it is nested too deeply")
    kept = ET.Element(name, {key: value for key, value in element.attrib.items() if key in _ATTRIBUTES})
    kept.text, kept.tail = element.text, element.tail
    kept.extend(_keep(child, depth + 1) for child in element)
    return kept
