"""Models small enough to make in a test: words of one concept have one vector, and a text has the mean of its words."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, models, pre_tokenizers

#: Words that mean the same, one concept a line. Any other word means nothing.
CONCEPTS = (
    ("car", "automobile", "vehicle", "driving"),
    ("fast", "quick", "speed", "swift"),
    ("food", "meal", "dinner", "cooking"),
    ("money", "cash", "payment", "charging"),
)
#: One for each concept, and one of the first token of the vocabulary.
DIMENSIONS = len(CONCEPTS) + 1
CONCEPT_OF = {word: number for number, words in enumerate(CONCEPTS) for word in words}

F32 = npt.NDArray[np.float32]

CARD = """\
name = "concepts"
pooling = "mean"
unlike = 0.2
floor = 0.3
"""


class ConceptEncoder:
    """An Encoder without a model that keeps what it was given. It is killed after ``fail_after`` passages."""

    def __init__(self, fail_after: int | None = None) -> None:
        self.passages: list[str] = []
        self.queries: list[str] = []
        self._fail_after = fail_after

    def encode_query(self, text: str) -> F32:
        """See Encoder."""
        self.queries.append(text)
        return vector_of(text)

    def encode_passage(self, text: str) -> F32:
        """See Encoder."""
        if self._fail_after is not None and len(self.passages) >= self._fail_after:
            raise Killed
        self.passages.append(text)
        return vector_of(text)


class Killed(BaseException):
    """The process ends here."""


def vector_of(text: str) -> F32:
    """The mean of the words' vectors, of length 1."""
    vector = np.zeros(DIMENSIONS, dtype=np.float32)
    for word in text.lower().split():
        if (number := CONCEPT_OF.get(word.strip(".,:"))) is not None:
            vector[number] += 1.0
    return vector / np.float32(np.linalg.norm(vector) or 1.0)


def write_model(folder: Path, card: str = CARD) -> Path:
    """Make ``folder`` a model folder: an ONNX graph that looks each token up in a table, and its tokenizer."""
    folder.mkdir(parents=True, exist_ok=True)
    words = ["[CLS]", "[UNK]", *CONCEPT_OF]
    table = np.zeros((len(words), DIMENSIONS), dtype=np.float32)
    table[0, -1] = 1.0
    for number, word in enumerate(words[2:], 2):
        table[number, CONCEPT_OF[word]] = 1.0
    tokenizer = Tokenizer(models.WordLevel({word: at for at, word in enumerate(words)}, unk_token="[UNK]"))  # noqa: S106 - a word, no password
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save(str(folder / "tokenizer.json"))
    shape = ("batch", "tokens")
    inputs = [helper.make_tensor_value_info("input_ids", TensorProto.INT64, shape)]
    outputs = [helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, (*shape, DIMENSIONS))]
    node = helper.make_node("Gather", ["table", "input_ids"], ["last_hidden_state"])
    graph = helper.make_graph([node], "concepts", inputs, outputs, [numpy_helper.from_array(table, "table")])
    opset = helper.make_opsetid("", 17)
    onnx.save(helper.make_model(graph, opset_imports=[opset], ir_version=8), str(folder / "model.onnx"))
    (folder / "model.toml").write_text(card, "utf-8")
    return folder


def pad_tokenizer(folder: Path, length: int) -> None:
    """Make the tokenizer of a model folder pad and cut to ``length``, as some come."""
    path = folder / "tokenizer.json"
    stated = json.loads(path.read_text("utf-8"))
    stated["truncation"] = {"direction": "Right", "max_length": length, "strategy": "LongestFirst", "stride": 0}
    stated["padding"] = {
        "strategy": {"Fixed": length},
        "direction": "Right",
        "pad_to_multiple_of": None,
        "pad_id": 0,
        "pad_type_id": 0,
        "pad_token": "[CLS]",
    }
    path.write_text(json.dumps(stated), "utf-8")
