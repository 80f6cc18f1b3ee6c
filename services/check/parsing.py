"""Check YAML, JSON and TOML samples: each must be a complete, valid document. Pure."""

from __future__ import annotations

import json
import re
import tomllib

import yaml

from shared.content.article import CodeSample
from shared.content.problem import Problem

_FRAGMENT = "mend it, or mark the block noparse if it is a fragment"


def parse_sample(sample: CodeSample, source: str) -> Problem | None:
    """The syntax error of ``sample`` with its line; ``None`` if it is well-formed."""
    try:
        if sample.language == "json":
            json.loads(sample.code)
        elif sample.language == "toml":
            tomllib.loads(sample.code)
        else:
            # Composing checks the syntax of every document and ignores tags such as !Ref.
            for _ in yaml.compose_all(sample.code, Loader=yaml.SafeLoader):
                pass
    except json.JSONDecodeError as error:
        return _problem(sample, source, error.lineno, error.msg)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"at line (\d+)", str(error))
        return _problem(sample, source, int(place[1]) if place else 1, str(error))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return _problem(sample, source, mark.line + 1 if mark else 1, error.problem or str(error))
    except (yaml.YAMLError, RecursionError) as error:
        return _problem(sample, source, 1, str(error))
    return None


def _problem(sample: CodeSample, source: str, line: int, message: str) -> Problem:
    """``line`` counts from the first line of the code, below the fence; a parser may report a line past the last."""
    line = min(line, max(1, sample.code.count("\n")))
    return Problem(source, sample.line + line, f"this {sample.language} does not parse ({message}): {_FRAGMENT}")
