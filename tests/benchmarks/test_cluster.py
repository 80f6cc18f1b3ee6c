"""The benchmark of the cluster where no cluster answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import ToolMissing
from benchmarks.cases import Workbench, cluster
from benchmarks.engines.opensearch import URLS, environ_of


def test_missing_cluster_is_named_with_the_way_to_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(URLS, "http://127.0.0.1:9")
    with pytest.raises(ToolMissing, match=r"http://127\.0\.0\.1:9.*tests/opensearch/host start 3"):
        cluster.run(Workbench(is_quick=True))


def test_each_directory_stands_for_indices_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(URLS, "http://a:9200,http://b:9200")
    one, other = environ_of(tmp_path / "one"), environ_of(tmp_path / "other")
    assert one[URLS] == other[URLS] == "http://a:9200,http://b:9200"
    assert one["PERSPECTIVE_OPENSEARCH_INDEX"] != other["PERSPECTIVE_OPENSEARCH_INDEX"]
    assert one["PERSPECTIVE_SEARCH_ENGINE"] == "opensearch"
