"""The files that the settings name for a cluster of search: a password or a token, and its certificate authority.

Does not depend on a client of OpenSearch: the settings are checked with it before a service starts.
"""

from __future__ import annotations

import ssl
from pathlib import Path


class UnusableFile(Exception):
    """A file of the settings cannot be used: the setting, its value and the reason."""

    def __init__(self, setting: str, path: Path, reason: str) -> None:
        super().__init__(f'{setting}="{path}": {reason}')


def read_secret(setting: str, path: Path) -> str:
    """The text in the file ``path``, without white space around it. Blocking. Raises UnusableFile."""
    try:
        text = path.read_text("utf-8").strip()
    except OSError as error:
        raise UnusableFile(setting, path, f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UnusableFile(setting, path, "takes a file with one line of text in UTF-8") from error
    if not text or not text.isprintable():  # a line break or a control character cannot be sent in a header
        raise UnusableFile(setting, path, "takes a file with one line of text in UTF-8")
    return text


def load_authorities(setting: str, path: Path | None) -> ssl.SSLContext:
    """A client's TLS context that trusts the authorities in the PEM file ``path`` alone; None: those of the system.

    Blocking. Raises UnusableFile.
    """
    if path is None:
        return ssl.create_default_context()
    try:
        return ssl.create_default_context(cafile=str(path))
    except ssl.SSLError as error:
        raise UnusableFile(setting, path, "takes a file with certificates in PEM") from error
    except OSError as error:
        raise UnusableFile(setting, path, f"cannot be read: {error.strerror}") from error
