"""Format problems: lines of text, JSON, annotations of GitHub, SARIF 2.1.0. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

import orjson

from shared.content.problem import Problem
from shared.version import VERSION

SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def to_text(problems: Sequence[Problem]) -> str:
    """``path:line: message``, one line each."""
    return "\n".join(map(str, problems))


def to_json(problems: Sequence[Problem]) -> str:
    """An object with ``errors`` and ``warnings`` (counts) and ``problems``: path, line, severity, message."""
    errors = sum(one.severity == "error" for one in problems)
    rows = [{"path": one.path, "line": one.line, "severity": one.severity, "message": one.message} for one in problems]
    value = {"errors": errors, "warnings": len(problems) - errors, "problems": rows}
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()


def to_github(problems: Sequence[Problem]) -> str:
    """Workflow commands, which GitHub shows beside the lines of a pull request."""
    return "\n".join(
        f"::{one.severity} file={_property(one.path)},line={one.line}::{_data(one.message)}" for one in problems
    )


def to_sarif(problems: Sequence[Problem]) -> str:
    """A SARIF 2.1.0 log (OASIS), as code scanners upload."""
    results = [
        {
            "ruleId": "content",
            "level": one.severity,
            "message": {"text": one.message},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {"uri": one.path},
                        "region": {"startLine": max(1, one.line)},
                    }
                }
            ],
        }
        for one in problems
    ]
    rules = [{"id": "content", "shortDescription": {"text": "Problems of the content"}}]
    driver = {"name": "perspective", "version": VERSION, "rules": rules}
    run = {"tool": {"driver": driver}, "results": results}
    return orjson.dumps(
        {"$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}, option=orjson.OPT_INDENT_2
    ).decode()


FORMATS: Mapping[str, Callable[[Sequence[Problem]], str]] = MappingProxyType(
    {"text": to_text, "json": to_json, "github": to_github, "sarif": to_sarif}
)


def _data(text: str) -> str:
    """Escape text for a workflow command of GitHub's runner."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
