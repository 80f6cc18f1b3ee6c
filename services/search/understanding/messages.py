"""Detect the message of a program, such as a pasted error, as opposed to a reader's own words. Pure.

A message has a word for a failure, and a sign that prose seldom has: "Error: …", a name in quotation marks or brackets,
an address, a code. A wrong guess does little harm: answers must then contain more of the text.
"""

from __future__ import annotations

import errno
import re
from typing import Final

# Words for a failure, or the label of a line of a log. What readers ask about as often (timeout, failure) is left out.
_FAILURES: Final = re.compile(
    r"""[A-Za-z](?:Error|Exception|Warning)\b | \w_(?:error|exception)\b | \bE[A-Z]{3,}\b | \bERR!
    | (?:\b|_)ERR(?:OR)?_ | [A-Z]_(?:FAILED|DENIED|REFUSED|VIOLATION)\b | \b[A-Z]{2,5}-\d{3,}\b
    | \b0x[0-9A-Fa-f]{4,}\b | \bSQLSTATE\b | \bMsg\ \d+,\ Level\b | \b(?:SQLITE|ER)_[A-Z_]+\b
    | \b(?:[A-Z]{5,}|FAIL|WARN):[ ] | \[(?i:emerg|alert|crit|err|warn)\]
    | \b(?i:error|fatal|panic(?:ked)?|warning|segmentation\ fault|(?:access|permission)\ (?:is\ )?denied|not\ found
    | undefined|(?:not|never)\ defined|cannot|can't|could(?:\ not|n't)|unable\ to|failed|refus(?:ed|ing)|no\ such
    | no\ match(?:es|ing)|not\ recognized|invalid|uncaught|unresolved|unhandled|unexpected|traceback|goroutine
    | timed\ out|(?:is|are)\ missing|has\ a\ missing|(?:was|were)\ never|must\ not|no\ rule|too\ (?:large|long|many)
    | not\ (?:assignable|present|allowed|permitted|supported|implemented|installed|used)|does\ not\ exist
    | already\ (?:in\ use|exists|defined|running)|(?<!-)unknown(?!-)|blocked|aborted|killed|corrupt(?:ed)?|mismatch
    | deadlock|conflict|exhausted|exceeded|forbidden|rejected|insufficient|violat(?:es|ed|ion)|prematurely
    | (?:closed|reset)\ by|no\ ['"`][^'"`]+['"`])(?!\w)""",
    re.VERBOSE,
)
_SIGNS: Final = re.compile(
    r"""\w:\ | \w:$ | (?<!\S)['"`\[(]\S | \w[(\[] | ERR! | \bERR_ | \*\*\* | \w;\ | \w=['"] | :// | \w\.\w+:\d
    | [A-Za-z]:\d{2,5}\b | \b0x[0-9A-Fa-f]{4,}\b | \b(?i:error)\ \#?\d{3}
    | ^(?:Cannot|Can't|Could\ not|Unable\ to|Failed\ to|Invalid|Unexpected|Unknown|Uncaught|Unhandled|No\ such)\b""",
    re.VERBOSE,
)
# The name or the code of one kind of error, which the message is about.
_EXCEPTION: Final = re.compile(r"(?:[a-z]|\bIO|\bSQL|\bOS)(?:Error|Exception)\Z|\w_exception\Z")
_CODE: Final = re.compile(r"(?<![A-Z])(?:ERR(?:OR)?|ER|SQLITE)_[A-Z_]+\Z|[A-Z]{1,5}-?\d{4,}\Z|0x[0-9A-Fa-f]{4,}\Z")
#: The errors of the system that Python knows, and three of Node's.
_ERRNO: Final = frozenset({*errno.errorcode.values(), "ENOTFOUND", "ERESOLVE", "ELIFECYCLE"})
# A line of a stack trace: it has no word for the failure.
_FRAME: Final = re.compile(
    r"""(?:^|\s)at\ [\w.$<>/]+\s?\([^()\s]*:\d+(?::\d+)?\) | \bFile\ "[^"]+",\ line\ \d+ | \.go:\d+\ \+0x""",
    re.VERBOSE,
)
# A time of day, or a date with or without one: 2026-11-30T02:00:00Z, 30/Nov/2026:02:00:00, 11/30/2026.
_TIMESTAMP: Final = re.compile(
    r"(?:\d{4}[-/]\d\d?[-/]\d\d?|\d\d?/[A-Za-z]{3}/\d{4})(?:[T_:]\S*)?|\d\d?([./])\d\d?\1\d{4}|\d\d?:\d\d(?::\d\d(?:[.,]\d+)?)?Z?"
)
_AROUND: Final = "'\"`:;,.()[]"
_MIN_WORDS: Final = 3


def is_message(text: str, words: int) -> bool:
    """Whether ``text``, of ``words`` content words, is the message of a program.

    The name of an exception is one, by itself or before a colon, and so is a line of a stack trace.
    """
    first, colon, _ = text.strip().partition(": ")
    if (words == 1 or colon) and is_code(first):
        return True
    if words < _MIN_WORDS or _SIGNS.search(text) is None:
        return False
    return (_FAILURES.search(text) or _FRAME.search(text)) is not None


def is_timestamp(word: str) -> bool:
    """Whether ``word``, as typed, is a date or a time."""
    return _TIMESTAMP.fullmatch(word) is not None


def is_code(word: str) -> bool:
    """Whether ``word``, as typed, names one kind of error: ``KeyError``, ``EADDRINUSE``, ``ORA-01555``."""
    word = word.strip(_AROUND)
    return word in _ERRNO or (_EXCEPTION.search(word) or _CODE.search(word)) is not None
