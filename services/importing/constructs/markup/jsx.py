"""Attributes of JSX: converted to HTML, or removed."""

from __future__ import annotations

import re

from services.importing.constructs.context import Context
from services.importing.constructs.draft import Draft
from services.importing.constructs.markup.removed import TAG

_JSX = re.compile(
    r"\s+(className|class|style|htmlFor|srcSet|frameBorder|allowFullScreen|key|ref|on[A-Z]\w*|[a-z]+:[\w-]+)=(\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}|\"[^\"]*\"|'[^']*')"
)
_JSX_SOURCE = re.compile(
    r"\b(src|href)=\{\s*(?:require\(\s*[\"']([^\"']+)[\"']\s*\)(?:\.default)?|useBaseUrl\(\s*[\"']([^\"']+)[\"']\s*\)|[\"'`]([^\"'`$]+)[\"'`]|([\w$.]+))\s*\}"
)


def convert_jsx(draft: Draft, context: Context) -> None:
    """Convert attributes to HTML; remove those for programs."""
    draft.sub(_JSX_SOURCE, lambda match: _jsx_source(match, context))
    draft.sub(
        TAG,
        lambda match: (
            _JSX.sub(_jsx_attribute, match[0])
            if "{" in match[0] or "className" in match[0] or ":" in match[0]
            else None
        ),
    )


def _jsx_source(match: re.Match[str], context: Context) -> str | None:
    path = match[2] or match[3] or match[4] or context.imports.get((match[5] or "").removesuffix(".src"))
    return f'{match[1]}="{path}"' if path else None


def _jsx_attribute(match: re.Match[str]) -> str:
    if match[1] in {"className", "class"} and match[2][0] in "\"'":
        return f" class={match[2]}"
    return ""
