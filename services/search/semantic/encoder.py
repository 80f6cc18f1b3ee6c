"""Text → vector, with a model in ONNX form; and other graphs: the only import of onnxruntime and tokenizers.

One text per call: quantized models scale their activations over the whole batch, so a padded batch would change the
vector of a text, and it is not faster.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime
from tokenizers import Tokenizer

from services.search.semantic.model import F32, Model, ModelUnusable

#: Errors only: onnxruntime warns about processors that it does not recognise.
_LOG_ERRORS = 3

#: Computes the one output of a graph from its one input.
Compute = Callable[[npt.NDArray[Any]], npt.NDArray[Any]]


class OnnxEncoder:
    """The Encoder of a model folder. Holds about 100 MB."""

    def __init__(self, tokenizer: Tokenizer, session: onnxruntime.InferenceSession, model: Model) -> None:
        self._tokenizer = tokenizer
        self._session = session
        self._model = model
        self._inputs = {each.name for each in session.get_inputs()}
        self._output = session.get_outputs()[0].name

    def encode_query(self, text: str) -> F32:
        """See Encoder."""
        return self._encode(self._model.as_query(text))

    def encode_passage(self, text: str) -> F32:
        """See Encoder."""
        return self._encode(self._model.passage_prefix + text)

    def _encode(self, text: str) -> F32:
        # A text may have no token, which no graph accepts: use the first of the vocabulary, which carries no meaning.
        ids = np.array([self._tokenizer.encode(text).ids or [0]], dtype=np.int64)
        given = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        states = np.asarray(self._session.run([self._output], {name: given[name] for name in self._inputs})[0][0])
        if states.ndim > 1:  # one vector per token; some models give the vector of the text
            states = states[0] if self._model.pooling == "first" else states.mean(axis=0)
        vector: F32 = states.astype(np.float32)
        length = float(np.linalg.norm(vector))
        return vector / np.float32(length) if length else vector


def open_encoder(model: Model) -> OnnxEncoder:
    """Load ``model`` into memory (a fifth of a second). Raises ModelUnusable."""
    try:
        tokenizer = Tokenizer.from_file(str(model.tokenizer_path))
        session = _open(model.onnx_path, _options())
    except Exception as error:  # both libraries raise bare exceptions
        raise ModelUnusable(f"{model.folder}: the model cannot be loaded: {error}") from error
    tokenizer.no_padding()
    tokenizer.enable_truncation(model.max_tokens)
    return OnnxEncoder(tokenizer, session, model)


def open_graph(graph: bytes, weights: Mapping[str, npt.NDArray[Any]]) -> Compute:
    """Open a graph with one input and one output. ``weights`` are its external tensors, which it copies."""
    options = _options()
    options.enable_cpu_mem_arena = False  # keeps memory for large results, which the allocator would share
    values = [onnxruntime.OrtValue.ortvalue_from_numpy(array) for array in weights.values()]
    options.add_external_initializers(list(weights), values)
    session = _open(graph, options)
    (given,), (output,) = session.get_inputs(), session.get_outputs()
    return lambda array: np.asarray(session.run([output.name], {given.name: array})[0])


def _options() -> onnxruntime.SessionOptions:
    options = onnxruntime.SessionOptions()
    # Answers run in parallel in threads: more threads per answer would only compete with them.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = _LOG_ERRORS
    return options


def _open(graph: Path | bytes, options: onnxruntime.SessionOptions) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
