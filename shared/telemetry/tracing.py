"""Open spans. ``otlp`` installs a tracer; without one nothing is recorded.

Attributes are route patterns, statuses, counts and names of stages. Text from readers is never recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from types import TracebackType
from typing import Literal, ParamSpec, Protocol, Self, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

Value = str | int | float | bool
#: ``client``: a request to another service. ``internal``: a stage.
Kind = Literal["client", "internal"]


class Span(Protocol):
    """A context whose duration is measured."""

    def __enter__(self) -> Self:
        """Begin."""
        ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        """End; of an exception only its class is recorded."""
        ...

    def set(self, name: str, value: Value) -> None:
        """Record an attribute."""
        ...

    def name(self, name: str) -> None:
        """Replace the name that it was opened with."""
        ...


class Tracer(Protocol):
    """Creates spans."""

    def server(self, headers: Mapping[str, str]) -> Span:
        """A span for a request with ``headers``, which may continue a trace of the client (W3C Trace Context)."""
        ...

    def prepared(self, headers: Mapping[str, str]) -> Span | None:
        """As ``server``, for a prepared answer, which asks no other service; None if it is not recorded."""
        ...

    def root(self, name: str) -> Span:
        """A span that begins a trace."""
        ...

    def child(self, name: str, kind: Kind) -> Span:
        """A span below the current one; one without effect if none is recorded."""
        ...

    def note(self, name: str, value: Value) -> None:
        """Record an attribute of the current span."""
        ...

    def inject(self, headers: MutableMapping[str, str]) -> None:
        """Add the headers that continue the current trace in another service."""
        ...

    def carry(self, work: Callable[P, T]) -> Callable[P, T]:
        """``work`` for another thread, within the current span."""
        ...


class _Nothing:
    """A span without effect."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        pass

    def set(self, name: str, value: Value) -> None:
        """Record nothing."""

    def name(self, name: str) -> None:
        """Record nothing."""


NOTHING: Span = _Nothing()
_installed: list[Tracer] = []


def install(tracer: Tracer | None) -> None:
    """Use ``tracer`` from now on, in the whole process; None: no traces."""
    _installed[:] = [] if tracer is None else [tracer]


def current_tracer() -> Tracer | None:
    """The installed tracer, or None."""
    return _installed[0] if _installed else None


def stage(name: str, kind: Kind = "internal") -> Span:
    """Open a span below the current one."""
    return _installed[0].child(name, kind) if _installed else NOTHING


def trace(name: str) -> Span:
    """Open a span that begins a trace: work that no request asked for."""
    return _installed[0].root(name) if _installed else NOTHING


def note(name: str, value: Value) -> None:
    """Record an attribute of the current span."""
    if _installed:
        _installed[0].note(name, value)


def inject(headers: MutableMapping[str, str]) -> None:
    """Add what continues the current trace in another service."""
    if _installed:
        _installed[0].inject(headers)


def carried(work: Callable[P, T]) -> Callable[P, T]:
    """``work`` for another thread, within the current span."""
    return _installed[0].carry(work) if _installed else work
