"""The texts within one edit of a word whose CRC-32 is in a list. Pure.

An edit is an insertion, a deletion, a substitution or an exchange of neighbours. A word of eight letters has some 450
such texts. Their numbers are computed without making them: CRC-32 is linear, so a letter changes the number of a text
of zeros by a value that depends only on how many bytes follow it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from string import ascii_lowercase
from typing import Final
from zlib import crc32

import numpy as np
import numpy.typing as npt

U32 = npt.NDArray[np.uint32]
Bools = npt.NDArray[np.bool_]

#: Longer words are not listed.
_MAX_CHARS: Final = 21
_WORD: Final = re.compile(rf"[a-z]{{1,{_MAX_CHARS}}}")
#: By the number of bytes that follow a letter, and by letter: the CRC-32 of a text with it and of one with a zero byte
#: in its place, XOR.
_EFFECTS: Final[U32] = np.array(
    [
        [crc32(letter.encode() + bytes(behind)) ^ crc32(bytes(1 + behind)) for letter in ascii_lowercase]
        for behind in range(_MAX_CHARS + 1)
    ],
    dtype=np.uint32,
)


def near(word: str, is_listed: Callable[[U32], Bools]) -> list[str]:
    """The texts of letters a to z within one edit of ``word`` whose CRC-32 ``is_listed``; ``word`` itself is left out.

    None for a word with other characters, or of more than 21.
    """
    if not _WORD.fullmatch(word):
        return []
    cuts = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    gaps = [(head, tail[1:]) for head, tail in cuts[:-1]] + cuts
    filled = _EFFECTS[[len(tail) for _, tail in gaps]] ^ _numbers([f"{head}\0{tail}" for head, tail in gaps])[:, None]
    others = [head + tail[1:] for head, tail in cuts[:-1]]
    others += [head + tail[1] + tail[0] + tail[2:] for head, tail in cuts[:-2]]
    chosen = is_listed(np.concatenate((filled.ravel(), _numbers(others)))).nonzero()[0].tolist()
    found = []
    for number in chosen:
        gap, letter = divmod(number, len(ascii_lowercase))
        text = others[number - filled.size] if gap >= len(gaps) else ascii_lowercase[letter].join(gaps[gap])
        if text != word:
            found.append(text)
    return list(dict.fromkeys(found))


def _numbers(texts: list[str]) -> U32:
    return np.array([crc32(text.encode()) for text in texts], dtype=np.uint32)
