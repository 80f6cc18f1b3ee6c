"""A model folder: an ONNX file, ``tokenizer.json``, and the card ``model.toml``, which describes their use.

Reads files; does not depend on a runtime.
"""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path
from typing import Annotated, Literal, Protocol

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.search.semantic.passages import PASSAGES_VERSION
from services.search.semantic.plain import is_question

CARD_FILE = "model.toml"
TOKENIZER_FILE = "tokenizer.json"

Pooling = Literal["first", "mean"]
F32 = npt.NDArray[np.float32]


class ModelUnusable(Exception):
    """There is no model in the folder, or it cannot be used; the message says what to do."""


class ModelCard(BaseModel):
    """The contents of ``model.toml``.

    pooling          the vector of a text: the vector of its first token, or the mean of all
    query_prefix     before a query
    question_prefix  before a query of five words or more, instead of ``query_prefix``; None: the same
    languages        the codes of the languages that it supports (``en``); if empty, it supports any
    unlike           the cosine at which two texts have nothing in common
    floor            the least similarity (0 to 1, above ``unlike``) of an article that is shown for its meaning alone

    ``unlike`` and ``floor`` depend on the model, see docs/search.md.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(min_length=1)]
    pooling: Pooling
    query_prefix: str = ""
    question_prefix: str | None = None
    passage_prefix: str = ""
    max_tokens: Annotated[int, Field(ge=8, le=8192)] = 512
    languages: tuple[str, ...] = ()
    unlike: Annotated[float, Field(ge=-1, lt=1)] = 0.46
    floor: Annotated[float, Field(ge=0, le=1)] = 0.32
    source: str = ""
    licence: str = ""

    @property
    def thresholds(self) -> str:
        """The values of the card that affect answers but not vectors, as a name."""
        return f"{round(self.unlike * 1000)}-{round(self.floor * 1000)}"

    def as_query(self, text: str) -> str:
        """``text`` with the prefix of a query, or of a question."""
        prefix = self.query_prefix if self.question_prefix is None or not is_question(text) else self.question_prefix
        return prefix + text

    def supports_language(self, language: str) -> bool:
        """Whether it supports a language, given as a BCP 47 tag."""
        return not self.languages or language.partition("-")[0].lower() in self.languages

    def supports(self, text: str) -> bool:
        """Whether it supports the script of ``text``: named languages are written in Latin letters."""
        return not self.languages or all(char < "\u0250" for char in text if char.isalpha())


class Model(ModelCard):
    """A model on the disk. ``digest`` covers everything that its vectors depend on."""

    folder: Path
    onnx_path: Path
    digest: str

    def with_card(self, card: ModelCard) -> Model:
        """A copy with the thresholds of ``card``."""
        return self.model_copy(update={"unlike": card.unlike, "floor": card.floor})

    @property
    def tokenizer_path(self) -> Path:
        """The file of its tokenizer."""
        return self.folder / TOKENIZER_FILE


def read_card(folder: Path) -> ModelCard:
    """Read the card in ``folder``. Raises ModelUnusable."""
    path = folder / CARD_FILE
    try:
        return ModelCard.model_validate(tomllib.loads(path.read_text("utf-8")))
    except OSError as error:
        raise _unreadable(error) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ModelUnusable(f"{path}: {error}") from error
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise ModelUnusable(f"{path}: {wrong}") from error


def load_model(folder: Path) -> Model:
    """Load the model in ``folder``. Reads all files for the digest (a tenth of a second). Raises ModelUnusable."""
    card = read_card(folder)
    onnx_path = _only(folder, "*.onnx")
    digest = hashlib.sha256()
    try:
        for path in (onnx_path, folder / TOKENIZER_FILE):
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
    except OSError as error:
        raise _unreadable(error) from error
    prefixes = (card.query_prefix, card.question_prefix, card.passage_prefix)
    used = (PASSAGES_VERSION, card.pooling, *prefixes, card.max_tokens)
    digest.update(repr(used).encode())
    return Model(**card.model_dump(), folder=folder, onnx_path=onnx_path, digest=digest.hexdigest()[:16])


def _unreadable(error: OSError) -> ModelUnusable:
    if isinstance(error, FileNotFoundError):
        return ModelUnusable(f"{error.filename}: there is no such file; fetch a model with: perspective model")
    return ModelUnusable(f"{error.filename}: {error.strerror}")


def _only(folder: Path, pattern: str) -> Path:
    found = sorted(folder.glob(pattern))
    if len(found) != 1:
        names = ", ".join(path.name for path in found) or "none"
        raise ModelUnusable(f"{folder}: a model folder holds one {pattern} file; here: {names}; see: perspective model")
    return found[0]


class Encoder(Protocol):
    """Computes vectors of texts: deterministic, of length 1. Any thread may call it."""

    def encode_query(self, text: str) -> F32:
        """The vector of a query."""
        ...

    def encode_passage(self, text: str) -> F32:
        """The vector of a passage."""
        ...
