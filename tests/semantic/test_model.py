"""Model folders, and the encoder that is made of one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from services.search.semantic.encoder import open_encoder
from services.search.semantic.model import ModelUnusable, load_model
from tests.semantic.models import CARD, pad_tokenizer, write_model


def test_model_folder_describes_itself(tmp_path: Path) -> None:
    model = load_model(write_model(tmp_path / "model"))
    assert (model.name, model.pooling, model.max_tokens) == ("concepts", "mean", 512)
    assert (model.unlike, model.floor) == (0.2, 0.3)
    assert len(model.digest) == 16


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda folder: (folder / "model.toml").unlink(), "perspective model"),
        (lambda folder: (folder / "tokenizer.json").unlink(), "tokenizer.json"),
        (lambda folder: (folder / "model.onnx").unlink(), "one *.onnx file; here: none"),
        (lambda folder: (folder / "other.onnx").touch(), "model.onnx, other.onnx"),
        (lambda folder: (folder / "model.toml").write_text("name = "), "model.toml"),
        (lambda folder: (folder / "model.toml").write_text(CARD + "poling = 1"), "poling"),
        (lambda folder: (folder / "model.toml").write_text(CARD.replace("mean", "max")), "pooling"),
    ],
)
def test_folder_that_is_no_model_is_an_error_with_place_and_reason(
    tmp_path: Path, change: object, message: str
) -> None:
    folder = write_model(tmp_path / "model")
    assert callable(change)
    change(folder)
    with pytest.raises(ModelUnusable, match=r"model") as caught:
        load_model(folder)
    assert message in str(caught.value)
    assert str(folder) in str(caught.value)


def test_digest_names_what_decides_vectors_and_nothing_else(tmp_path: Path) -> None:
    digest = load_model(write_model(tmp_path / "a")).digest
    assert load_model(write_model(tmp_path / "b", CARD.replace("0.3", "0.6"))).digest == digest
    assert load_model(write_model(tmp_path / "c", CARD.replace("mean", "first"))).digest != digest
    assert load_model(write_model(tmp_path / "d", CARD + 'query_prefix = "ask: "')).digest != digest
    assert load_model(write_model(tmp_path / "f", CARD + 'question_prefix = "ask: "')).digest != digest
    folder = write_model(tmp_path / "e")
    pad_tokenizer(folder, 4)
    assert load_model(folder).digest != digest


def test_model_of_a_language_reads_its_letters_and_no_others(tmp_path: Path) -> None:
    model = load_model(write_model(tmp_path / "model", CARD + 'languages = ["en"]'))
    assert model.supports_language("en-GB")
    assert not model.supports_language("de")
    assert model.supports("naïve café?")
    assert not model.supports("что такое очередь")
    assert load_model(write_model(tmp_path / "any")).supports("что такое очередь")


def test_vector_has_length_one_and_is_near_for_the_same_meaning(tmp_path: Path) -> None:
    encoder = open_encoder(load_model(write_model(tmp_path / "model")))
    car, automobile, meal = (encoder.encode_passage(text) for text in ("the car", "the automobile", "the meal"))
    assert np.linalg.norm(car) == pytest.approx(1.0)
    assert float(car @ automobile) == pytest.approx(1.0)
    assert float(car @ meal) < 0.1


def test_pooling_takes_the_first_token_or_the_mean(tmp_path: Path) -> None:
    first = open_encoder(load_model(write_model(tmp_path / "first", CARD.replace("mean", "first"))))
    assert first.encode_passage("car meal cash") == pytest.approx(first.encode_passage("car"))
    mean = open_encoder(load_model(write_model(tmp_path / "mean")))
    assert mean.encode_passage("car meal") == pytest.approx(mean.encode_passage("meal car"))
    assert mean.encode_passage("car meal") != pytest.approx(mean.encode_passage("car"))


def test_prefixes_go_before_queries_and_passages(tmp_path: Path) -> None:
    card = CARD + 'query_prefix = "meal "\npassage_prefix = "cash "\n'
    encoder = open_encoder(load_model(write_model(tmp_path / "model", card)))
    plain = open_encoder(load_model(write_model(tmp_path / "plain")))
    assert encoder.encode_query("car") == pytest.approx(plain.encode_query("meal car"))
    assert encoder.encode_passage("car") == pytest.approx(plain.encode_query("cash car"))
    assert encoder.encode_query("one two three car five") == pytest.approx(
        plain.encode_query("meal one two three car five")
    )


@pytest.mark.parametrize("prefix", ["cash ", ""])
def test_question_may_have_a_prefix_of_its_own(tmp_path: Path, prefix: str) -> None:
    card = CARD + f'query_prefix = "meal "\nquestion_prefix = "{prefix}"\n'
    encoder = open_encoder(load_model(write_model(tmp_path / "model", card)))
    plain = open_encoder(load_model(write_model(tmp_path / "plain")))
    question = "one two three car five"
    assert encoder.encode_query(question) == pytest.approx(plain.encode_query(prefix + question))
    assert encoder.encode_query("car") == pytest.approx(plain.encode_query("meal car"))


def test_tokenizer_that_pads_and_cuts_does_neither(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "model")
    pad_tokenizer(folder, 4)
    plain = open_encoder(load_model(write_model(tmp_path / "plain")))
    encoder = open_encoder(load_model(folder))
    for text in ("car", "car car car meal meal meal"):
        assert encoder.encode_passage(text) == pytest.approx(plain.encode_passage(text))


def test_text_is_cut_at_the_tokens_that_the_model_reads(tmp_path: Path) -> None:
    encoder = open_encoder(load_model(write_model(tmp_path / "model", CARD + "max_tokens = 8")))
    assert encoder.encode_passage("car " * 8 + "meal " * 500) == pytest.approx(encoder.encode_passage("car"))


def test_text_without_a_token_has_a_vector_too(tmp_path: Path) -> None:
    encoder = open_encoder(load_model(write_model(tmp_path / "model")))
    assert np.isfinite(encoder.encode_passage("")).all()


def test_threads_get_the_same_vectors(tmp_path: Path) -> None:
    encoder = open_encoder(load_model(write_model(tmp_path / "model")))
    texts = [f"car {'meal ' * (number % 5)}" for number in range(40)]
    alone = [encoder.encode_passage(text) for text in texts]
    with ThreadPoolExecutor(4) as threads:
        assert np.array_equal(list(threads.map(encoder.encode_passage, texts)), alone)


def test_broken_graph_says_which_model_cannot_be_loaded(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "model")
    (folder / "model.onnx").write_bytes(b"not a graph")
    with pytest.raises(ModelUnusable, match="cannot be loaded"):
        open_encoder(load_model(folder))
