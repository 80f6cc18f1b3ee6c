"""Jinja2 environments: ours, which speaks one language, and the sandbox of a site's own templates."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, FunctionLoader, StrictUndefined, nodes
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment, safe_range
from markupsafe import Markup

from services.render.languages.interface import ENGLISH, Interface
from services.render.pages.messages import escaped_message, resolve_messages

TEMPLATE_DIR = Path(__file__).parent / "templates"

#: Templates that a site cannot override: macros are called from our templates, and an override would need all of them.
NOT_OVERRIDDEN = frozenset({"hit.html", "macros.html"})
#: Loop iterations so far in the page that this thread renders.
_TURNS: ContextVar[int] = ContextVar("turns", default=0)

#: The name under which a site's template extends ours of the same name.
OURS = "perspective/"
#: The folder of a site's own templates, below the content folder.
OWN = "theme/templates/"
#: Limits of a site's own templates for one page: loop iterations, and characters of one text.
MAX_TURNS, MAX_TEXT = 500_000, 2_000_000

_OPTIONS: dict[str, Any] = {
    "autoescape": True,
    "undefined": StrictUndefined,
    "auto_reload": False,
    "trim_blocks": True,
    "lstrip_blocks": True,
    "cache_size": -1,
    "extensions": ("jinja2.ext.i18n",),
}


def create_environment(directory: Path = TEMPLATE_DIR, words: Interface = ENGLISH) -> Environment:
    """The environment: autoescape on, an unknown name is an error, no file access after compilation.

    ``words`` supplies messages, dates and numbers.
    """
    environment = _Translated(loader=FileSystemLoader(directory), **_OPTIONS)
    environment.words = words
    _install_messages(environment, words)
    return environment


def _install_messages(environment: Environment, words: Interface) -> None:
    """Give ``environment`` its messages, and the filters that write dates and numbers."""
    translations = words.translations
    environment.policies["ext.i18n.trimmed"] = True
    keep = lru_cache(maxsize=1024)
    environment.install_gettext_callables(  # type: ignore[attr-defined] # of the extension
        keep(lambda text: escaped_message(text, translations.gettext(text))),
        lambda one, many, number: escaped_message(one, translations.ngettext(one, many, number)),
        newstyle=True,
        pgettext=lambda context, text: escaped_message(text, translations.pgettext(context, text)),
    )
    environment.filters |= {
        "day": words.day,
        "day_short": words.day_short,
        "day_of_year": words.day_of_year,
        "year": words.year,
        "number": words.number,
        "minutes": words.minutes,
        "articles": words.articles,
        "counted": keep(lambda number: _counted(words, number)),
        "between_alternatives": words.between_alternatives,
        "trusted": trusted,
    }


def _counted(words: Interface, number: int) -> Markup:
    """A number of articles, with its unit for screen readers."""
    text = words.ngettext(
        '<span class="count">%(count)s<span class="visually-hidden"> article</span></span>',
        '<span class="count">%(count)s<span class="visually-hidden"> articles</span></span>',
        number,
    )
    return Markup(text)  # noqa: S704 - a catalogue keeps the tags of its messages


def trusted(html: str) -> Markup:
    """Mark HTML as safe: only for article bodies, which passed the sanitizer, and for encoded JSON-LD."""
    return Markup(html)  # noqa: S704 - the one place, and its two uses are named above


class _Translated(Environment):
    """Templates in one language: messages are translated when a template is compiled, not for each page."""

    words: Interface = ENGLISH

    def compile(self, source: str | nodes.Template, *arguments: Any, **options: Any) -> Any:
        """Compile ``source`` with its messages translated."""
        if isinstance(source, str):
            source = self.parse(source, *arguments[:2])
        resolve_messages(source, self.words.translations)
        source.set_environment(self)
        return super().compile(source, *arguments, **options)


class _Sandbox(_Translated, ImmutableSandboxedEnvironment):
    """The environment of a site's own templates: they see only the page, and run within limits.

    Every loop counts its iterations, and every concatenation is measured, because an expression that doubles a text in
    each iteration soon fills any memory.
    """

    intercepted_binops = frozenset({"+", "*", "**", "%"})

    def compile(self, source: str | nodes.Template, *arguments: Any, **options: Any) -> Any:
        """Compile ``source`` with its loops and texts bounded."""
        if isinstance(source, str):
            source = self.parse(source, *arguments[:2])
        for loop in source.find_all(nodes.For):
            loop.iter = nodes.Filter(loop.iter, "bounded", [], [], None, None, lineno=loop.lineno)
        for joined in source.find_all(nodes.Concat):
            joined.nodes = [
                nodes.Filter(one, "measured", [], [], None, None, lineno=joined.lineno) for one in joined.nodes
            ]
        return super().compile(source, *arguments, **options)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Evaluate an operator unless its result could be too large."""
        if operator == "**":
            raise SecurityError("** is not available in templates")
        if operator == "*":
            for one, times in ((left, right), (right, left)):
                if hasattr(one, "__len__") and isinstance(times, int) and len(one) * times > MAX_TEXT:
                    raise SecurityError(f"the text is longer than {MAX_TEXT:,} characters")
        return measured(super().call_binop(context, operator, left, right))


def begin_page() -> None:
    """Count the loop iterations of another page from zero, in this thread."""
    _TURNS.set(0)


def bounded(values: Iterable[Any]) -> Iterator[Any]:
    """``values``; raises SecurityError when the loops of one page exceed their limit."""
    for value in values:
        turns = _TURNS.get() + 1
        if turns > MAX_TURNS:
            raise SecurityError(f"the loops of this page take more than {MAX_TURNS:,} turns")
        _TURNS.set(turns)
        yield value


def measured(value: Any) -> Any:
    """``value``; raises SecurityError for a text or list that is too long."""
    if hasattr(value, "__len__") and len(value) > MAX_TEXT:
        raise SecurityError(f"the text is longer than {MAX_TEXT:,} characters")
    return value


def sandbox(ours: Mapping[str, str], own: Mapping[str, str], words: Interface) -> Environment:
    """An environment in which ``own`` templates override ``ours``, which are under the prefix OURS as well."""

    def load(name: str) -> tuple[str, str, Callable[[], bool]] | None:
        plain = name.removeprefix(OURS)
        if plain == name and name in own and name not in NOT_OVERRIDDEN:
            return own[name], OWN + name, lambda: True
        return (ours[plain], plain, lambda: True) if plain in ours else None

    environment = _Sandbox(loader=FunctionLoader(load), **_OPTIONS)
    environment.words = words
    environment.globals = {"range": safe_range, "_": environment.globals["_"]}
    _install_messages(environment, words)
    environment.filters |= {"bounded": bounded, "measured": measured}
    return environment
