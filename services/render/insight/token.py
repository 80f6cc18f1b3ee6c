"""The operator's token: read from its file, and compared with that of a request.

It is sent as the password of HTTP Basic authentication (with any user name: browsers ask for both), or as a bearer
token.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from pathlib import Path

from shared.web import WebError

#: Fewer characters could be guessed.
MIN_TOKEN_CHARS = 16
MAX_TOKEN_BYTES = 4_096


class BadToken(WebError):
    """The file of the operator's token cannot be used: says why and what to do."""


def read_token(path: Path) -> bytes:
    """The token in the file ``path``, without white space around it. Blocking. Raises BadToken."""
    try:
        token = path.read_bytes()[: MAX_TOKEN_BYTES + 1].strip()
    except OSError as error:
        raise BadToken(f'PERSPECTIVE_INSIGHT_TOKEN_FILE="{path}": cannot be read: {error.strerror}') from error
    if not MIN_TOKEN_CHARS <= len(token) <= MAX_TOKEN_BYTES or not token.isascii() or b"\n" in token:
        raise BadToken(
            f'PERSPECTIVE_INSIGHT_TOKEN_FILE="{path}": takes one line of at least {MIN_TOKEN_CHARS} ASCII characters, '
            f"such as the output of: openssl rand -hex 32"
        )
    return token


def is_authorized(header: str, token: bytes) -> bool:
    """Whether the value of ``Authorization`` carries ``token``. Takes the same time for every wrong one."""
    scheme, _, value = header.partition(" ")
    given = b""
    if scheme.lower() == "bearer":
        given = value.strip().encode("utf-8", "surrogateescape")
    elif scheme.lower() == "basic":
        try:
            given = base64.b64decode(value.strip(), validate=True).partition(b":")[2]
        except (binascii.Error, ValueError):
            given = b""
    return hmac.compare_digest(given, token)
