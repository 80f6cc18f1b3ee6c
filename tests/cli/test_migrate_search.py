"""Moving search to another engine is a setting, and the command says which."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from services.cli.migrate_search import command


def test_from_the_embedded_engine_it_leads_to_a_cluster() -> None:
    outcome = CliRunner().invoke(command)
    assert outcome.exit_code == 0
    assert "perspective index --engine opensearch" in outcome.output
    assert "PERSPECTIVE_SEARCH_ENGINE=opensearch" in outcome.output


def test_from_a_cluster_it_leads_back_and_names_what_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PERSPECTIVE_SEARCH_ENGINE", "opensearch")
    monkeypatch.setenv("PERSPECTIVE_OPENSEARCH_INDEX", "notes")
    outcome = CliRunner().invoke(command)
    assert outcome.exit_code == 0
    assert "perspective index --engine whoosh" in outcome.output
    assert "notes-*" in outcome.output
