"""Messages in a parsed template → their translations, so that rendering a page translates nothing. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from gettext import NullTranslations

from jinja2 import nodes
from jinja2.visitor import NodeTransformer
from markupsafe import Markup, escape

#: The names under which templates ask for one form of a message. Plural forms depend on the page.
_ONE_FORM = frozenset({"_", "gettext", "pgettext"})
_PLACEHOLDER = re.compile(r"%\((\w+)\)s")


def resolve_messages(template: nodes.Template, translations: NullTranslations) -> None:
    """Replace messages by translations, in place: as text in output, as constants in expressions."""
    for output in template.find_all(nodes.Output):
        output.nodes = [piece for one in output.nodes for piece in _pieces(one, translations)]
    _Constants(translations).visit(template)


def escaped_message(source: str, text: str) -> str:
    """``text``, the translation of the message ``source``, as HTML: its tags count only where the message has some."""
    return text if "<" in source else str(escape(text))


class _Constants(NodeTransformer):
    """Messages without values in expressions, as in ``_("By tag") if page.is_home else _("Related tags")``."""

    def __init__(self, translations: NullTranslations) -> None:
        self._translations = translations

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802 - the visitor's name for it
        """A constant for a call that names a message; other calls stay."""
        text = _translated(node, self._translations)
        if text is None or node.kwargs or _PLACEHOLDER.search(text):
            self.generic_visit(node)
            return node
        return nodes.Const(Markup(text.replace("%%", "%")), lineno=node.lineno)  # noqa: S704 - escaped_message made it


def _pieces(node: nodes.Expr, translations: NullTranslations) -> Iterator[nodes.Expr]:
    """The pieces of output for ``node``: the text of a message, split at its values."""
    text = _translated(node, translations)
    values: Mapping[str, nodes.Expr] = {one.key: one.value for one in getattr(node, "kwargs", None) or ()}
    if text is None or not set(_PLACEHOLDER.findall(text)) <= values.keys():
        yield node
        return
    for at, piece in enumerate(_PLACEHOLDER.split(text)):
        if at % 2:
            yield values[piece]
        elif piece:
            yield nodes.TemplateData(piece.replace("%%", "%"), lineno=node.lineno)


def _translated(node: nodes.Node, translations: NullTranslations) -> str | None:
    """The translation of the message that ``node`` names, as HTML; None if it names none."""
    if not isinstance(node, nodes.Call) or not isinstance(node.node, nodes.Name) or node.node.name not in _ONE_FORM:
        return None
    names = [one.value for one in node.args if isinstance(one, nodes.Const) and isinstance(one.value, str)]
    if node.node.name == "pgettext" and len(names) == len(node.args) == 2:
        return escaped_message(names[1], translations.pgettext(names[0], names[1]))
    if node.node.name != "pgettext" and len(names) == len(node.args) == 1:
        return escaped_message(names[0], translations.gettext(names[0]))
    return None
