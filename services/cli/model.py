"""``perspective model``: download and show the model that ranks questions by meaning."""

from __future__ import annotations

from pathlib import Path

import click

from services.cli.options import exclude_each_other, settings_from, start_logging
from services.cli.output import echo
from services.search.semantic.fetching import NotFetched, fetch_model
from services.search.semantic.model import Model, ModelUnusable, load_model
from services.search.semantic.store import VectorStore
from shared.web.settings import Settings


@click.command("model")
@click.option("--fetch", is_flag=True, help="Download the model again.")
@click.option("--if-missing", is_flag=True, help="Print nothing if the model exists.")
@click.option("--model", "semantic_model", metavar="DIR", type=click.Path(file_okay=False), help="The model's folder.")
def command(*, fetch: bool, if_missing: bool, semantic_model: str | None) -> None:
    """Download the model that ranks questions by meaning, unless it exists, and show it.

    A model of your own is a folder with an ONNX file, tokenizer.json and model.toml (docs/search.md), named by
    PERSPECTIVE_SEMANTIC_MODEL. A running site downloads nothing.
    """
    exclude_each_other({"--fetch": fetch, "--if-missing": if_missing})
    settings = settings_from({"semantic_model": semantic_model})
    start_logging(settings, "model")
    folder = settings.semantic_model
    is_there = (folder / "model.toml").is_file()
    try:
        if fetch or not is_there:
            fetch_model(folder)
        model = load_model(folder)
    except (NotFetched, ModelUnusable) as error:
        raise click.ClickException(str(error)) from error
    if not (is_there and if_missing):
        show(model, settings)


def show(model: Model, settings: Settings) -> None:
    """Write a summary of a model, and of the vectors that it made."""
    rows = {
        "name": model.name,
        "folder": str(model.folder),
        "size": f"{_size_bytes(model.folder) / 1e6:.0f} MB",
        "source": model.source,
        "licence": model.licence,
        "reads": ", ".join(model.languages) or "any language",
        "pooling": model.pooling,
        "query prefix": model.query_prefix,
        "question prefix": model.question_prefix or "",
        "passage prefix": model.passage_prefix,
        "tokens at most": str(model.max_tokens),
        "unlike, floor": f"{model.unlike:g}, {model.floor:g}",
        "vectors": _vectors(model, settings),
    }
    for name, value in rows.items():
        if value:
            echo(f"{name:>14}  {value}")


def _size_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir() if path.is_file())


def _vectors(model: Model, settings: Settings) -> str:
    snapshot = VectorStore.beside(settings.index_dir).current()
    if settings.semantic == "off":
        return "not used: PERSPECTIVE_SEMANTIC=off"
    if settings.search_engine == "opensearch":
        return "in the cluster: /readyz of search says how many"
    if snapshot is None or snapshot.model != model.digest:
        return "none by this model: perspective serve or perspective index makes them"
    return f"{snapshot.done} of {snapshot.total} passages"
