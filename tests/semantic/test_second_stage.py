"""Whether there is a second stage: the setting, the extra, the model, the size of the site."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from services.search import second_stage
from services.search.second_stage import StageState, cluster_stage, embed_now, open_follower, why_off
from services.search.semantic import updating
from services.search.semantic.store import VectorStore
from services.search.semantic.updating import VectorUpdater, too_many
from shared.content.article import Article, Body
from shared.web.settings import Semantic, Settings, SettingsError, load_settings
from tests.search_service.articles import SITE, make_article
from tests.semantic.models import CARD, write_model

ROOT = Path(__file__).resolve().parents[2]

#: A process that answers and one that indexes, then the names of their modules. The first argument is not installed.
_LOADED = """
import sys
from pathlib import Path
sys.modules.update(dict.fromkeys(filter(None, sys.argv[1].split(",")), None))
import importlib.util
find_spec = importlib.util.find_spec
importlib.util.find_spec = lambda name: None if name in sys.argv[1].split(",") else find_spec(name)
from services.search.opening import open_store
from services.search.second_stage import open_follower
import services.search.indexing.indexer
from shared.web.settings import Settings
settings = Settings(index_dir=Path(sys.argv[2]), semantic=sys.argv[3])
open_store(settings)
states = []
open_follower(settings, states.append)
print("details:", *(one.detail for one in states))
print("modules:", *(name for name, module in sys.modules.items() if module), "")
"""


def loaded(index: Path, *, missing: str, setting: str) -> tuple[str, str]:
    """The states that such processes tell, and the names of their modules."""
    command = [sys.executable, "-c", _LOADED, missing, str(index), setting]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    details, _, names = done.stdout.partition("modules:")
    return details, names


@pytest.mark.parametrize(("missing", "setting"), [("onnxruntime,tokenizers,jgo", "auto"), ("", "off")])
def test_without_the_extra_or_turned_off_not_a_line_of_it_is_imported(
    tmp_path: Path, missing: str, setting: str
) -> None:
    details, names = loaded(tmp_path, missing=missing, setting=setting)
    assert " services.search.second_stage " in names
    for name in ("services.search.semantic", "onnxruntime", "tokenizers", "jgo"):
        assert f" {name} " not in names
        assert f" {name}." not in names
    assert ("pip install" in details) == bool(missing)


def test_without_vectors_no_runtime_is_loaded(tmp_path: Path) -> None:
    _details, names = loaded(tmp_path, missing="", setting="auto")
    assert " services.search.semantic.stage " in names
    assert " onnxruntime " not in names


@pytest.mark.parametrize("setting", ["auto", "on"])
def test_missing_extra_is_a_fault_only_if_it_was_configured(monkeypatch: pytest.MonkeyPatch, setting: Semantic) -> None:
    monkeypatch.setattr(second_stage, "NEEDED", ("no_such_module",))
    state = why_off(Settings(semantic=setting))
    assert state is not None
    assert (state.is_off, state.is_fault) == (True, setting == "on")
    assert "no_such_module not installed: pip install 'perspective[semantic]'" in state.detail


def test_engine_on_other_machines_may_have_a_second_stage_as_well() -> None:
    settings = Settings(search_engine="opensearch", opensearch_urls="http://127.0.0.1:9200")
    assert why_off(settings) is None
    assert cluster_stage(settings) is not None
    assert cluster_stage(settings.model_copy(update={"semantic": "off"})) is None


def test_setting_takes_three_words() -> None:
    assert load_settings({"PERSPECTIVE_SEMANTIC": "On"}).semantic == "on"
    with pytest.raises(SettingsError, match='PERSPECTIVE_SEMANTIC="yes": takes one of auto, on, off'):
        load_settings({"PERSPECTIVE_SEMANTIC": "yes"})


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """An index and a model."""
    write_model(tmp_path / "model")
    return Settings(index_dir=tmp_path / "index", semantic_model=tmp_path / "model")


def test_vectors_are_made_at_once_if_they_are_configured(settings: Settings) -> None:
    progress: list[tuple[int, int]] = []
    state = embed_now(settings, SITE, "en", lambda done, total: progress.append((done, total)))
    table = VectorStore.beside(settings.index_dir).open()
    assert table is not None
    assert state == StageState(f"concepts: all {len(table.vectors)} passages have vectors")
    assert progress[-1] == (len(table.vectors), len(table.vectors))


def test_site_without_a_model_says_in_one_line_how_to_get_one(settings: Settings, tmp_path: Path) -> None:
    for semantic, is_fault in (("auto", False), ("on", True)):
        without = settings.model_copy(update={"semantic_model": tmp_path / "none", "semantic": semantic})
        state = embed_now(without, SITE, "en", None)
        assert (state.is_off, state.is_fault) == (True, is_fault)
        assert "fetch a model with: perspective model" in state.detail
        assert "\n" not in state.detail


def test_large_site_is_left_to_words_unless_it_asks(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    store = VectorStore.beside(settings.index_dir)
    embed_now(settings, SITE, "en", None)
    monkeypatch.setattr(updating, "MAX_PASSAGES_AUTO", 3)
    state = embed_now(settings, SITE, "en", None)
    assert state.is_off
    assert "PERSPECTIVE_SEMANTIC=on makes their vectors" in state.detail
    assert store.open() is None
    asked = embed_now(settings.model_copy(update={"semantic": "on"}), SITE, "en", None)
    assert not asked.is_off
    assert store.open() is not None


def test_a_large_site_is_sampled_and_not_parsed_again_after_an_edit(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("MAX_PASSAGES_AUTO", 3), ("SAMPLED_FROM", 10), ("SAMPLE", 4)):
        monkeypatch.setattr(updating, name, value)
    parsed: list[str] = []

    def parse(article: Article) -> Body:
        parsed.append(article.slug)
        return article.body

    read = [make_article(f"a{number:02}", text="Words.") for number in range(20)]
    articles = tuple(replace(one, text=partial(parse, one)) for one in read)
    updater = VectorUpdater(settings, VectorStore.beside(settings.index_dir))
    assert updater.make(articles, "en").detail.startswith("off: about 20 passages are more than 3: ")
    assert len(set(parsed)) == 4
    assert updater.make(articles[1:], "en").is_off
    assert len(set(parsed)) == 4
    assert not updater.make(articles[:3], "en").is_off  # it has shrunk


def test_cost_of_a_large_site_is_given_in_minutes_and_megabytes() -> None:
    assert "about 50 minutes of one core, and takes 25 MB" in too_many(60_000)


def test_articles_in_other_languages_than_the_model_reads_get_no_vectors(settings: Settings) -> None:
    write_model(settings.semantic_model, CARD + 'languages = ["en"]')
    german = make_article("auto", text="Ein Auto.")
    assert "no article is in it" in embed_now(settings, (german,), "de", None).detail
    assert VectorStore.beside(settings.index_dir).open() is None
    assert embed_now(settings, (german,), "en-GB", None).is_off is False


class Heard:
    """Hears the states of a updater, until one says that all is done."""

    def __init__(self) -> None:
        self.states: list[StageState] = []
        self.is_settled = threading.Event()

    def __call__(self, state: StageState) -> None:
        self.states.append(state)
        if state.is_off or "all" in state.detail:
            self.is_settled.set()


def follow(settings: Settings, articles: tuple[Article, ...]) -> StageState:
    """What a updater says in the end that follows ``articles``."""
    heard = Heard()
    updater = open_follower(settings, heard)
    assert isinstance(updater, VectorUpdater)
    updater.follow(articles, "en")
    assert heard.is_settled.wait(30)
    return heard.states[-1]


@pytest.mark.parametrize(("semantic", "level"), [("auto", "info"), ("on", "warning")])
def test_a_model_that_is_missing_is_logged_once_and_is_a_warning_where_it_is_required(
    settings: Settings, tmp_path: Path, semantic: Semantic, level: str
) -> None:
    without = settings.model_copy(update={"semantic_model": tmp_path / "none", "semantic": semantic})
    heard = Heard()
    updater = open_follower(without, heard)
    assert updater is not None
    with capture_logs() as logs:
        for articles in (SITE, SITE[1:]):
            heard.is_settled.clear()
            updater.follow(articles, "en")
            assert heard.is_settled.wait(30)
    said = [entry["log_level"] for entry in logs if entry["event"] == "queries are ranked by words alone"]
    assert said == [level]


def test_vectors_follow_the_index_in_the_background(settings: Settings) -> None:
    assert follow(settings, SITE).detail.startswith("concepts: all ")
    before = VectorStore.beside(settings.index_dir).open()
    assert before is not None
    assert follow(settings, SITE[1:]).detail.startswith("concepts: all ")
    after = VectorStore.beside(settings.index_dir).open()
    assert after is not None
    assert len(after.articles) == len(before.articles) - 1


def test_failure_in_the_background_is_reported_and_retried(settings: Settings) -> None:
    graph = settings.semantic_model / "model.onnx"
    whole = graph.read_bytes()
    graph.write_bytes(b"broken")
    heard = Heard()
    updater = open_follower(settings, heard)
    assert updater is not None
    updater.follow(SITE, "en")
    assert heard.is_settled.wait(30)
    assert "cannot be loaded" in heard.states[-1].detail
    graph.write_bytes(whole)
    heard.is_settled.clear()
    updater.follow(SITE, "en")
    assert heard.is_settled.wait(30)
    assert heard.states[-1].detail.startswith("concepts: all ")


def test_keeper_does_nothing_where_it_is_turned_off(settings: Settings) -> None:
    heard = Heard()
    assert open_follower(settings.model_copy(update={"semantic": "off"}), heard) is None
    assert heard.states == [StageState("off by PERSPECTIVE_SEMANTIC", is_off=True)]
