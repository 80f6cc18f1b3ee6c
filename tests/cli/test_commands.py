"""What each command does with a folder of articles."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import yaml

from tests.cli.conftest import Run


def test_index_then_query_finds_an_article(run: Run, content: Path) -> None:
    first = run("index", "--content", "content")
    assert (first.status, first.errors) == (0, "")
    assert first.output.startswith("2 articles: 2 added, 0 changed, 0 removed in ")
    assert "no change" in run("index").output
    found = run("query", "outbox", "relay")
    assert found.status == 0
    assert "1 found" in found.output or "2 found" in found.output
    assert "The outbox pattern" in found.output
    assert "/articles/outbox/#the-relay" in found.output
    assert "\x1b[" not in found.output


def test_query_answers_as_the_service_does(run: Run, content: Path) -> None:
    run("index")
    answer = json.loads(run("query", "--json", "--limit", "1", "--tag", "two", "relay").output)
    assert answer["query"]["size"] == 1
    assert answer["query"]["tags"] == ["two"]
    assert answer["total"] == 2
    assert len(answer["hits"]) == 1


def test_query_explains_scores_as_a_tree(run: Run, content: Path) -> None:
    run("index")
    output = run("query", "--explain", "outbox").output
    assert "├──" in output or "└──" in output


def test_query_marks_matches_in_bold_on_a_terminal(run: Run, content: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("index")
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[1m" in run("query", "outbox").output


def test_query_indents_every_line_of_a_section(run: Run, content: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("index")
    monkeypatch.setenv("COLUMNS", "40")
    output = run("query", "relay").output
    sections = output[output.index("    §") :].partition("\n\n")[0].splitlines()
    assert len(sections) > 2
    assert [line for line in sections if not line.startswith("    ")] == []


def test_index_is_complete_for_whoosh_when_the_command_ends(run: Run, content: Path, tmp_path: Path) -> None:
    run("index")
    assert [one.name for one in threading.enumerate() if one.name == "maintenance"] == []
    assert list((tmp_path / ".perspective" / "index").glob("_MAIN_*.toc"))


def test_query_of_hostile_text_is_no_error(run: Run, content: Path) -> None:
    run("index")
    for text in ("((((", '"unclosed', "tag:", "[bold]x[/bold]", "\u202e", "*"):
        outcome = run("query", "--", text)
        assert (outcome.status, outcome.errors) == (0, "")


def test_query_without_an_index_says_how_to_make_one(run: Run) -> None:
    outcome = run("query", "outbox")
    assert (outcome.status, outcome.output) == (1, "")
    assert len(outcome.errors.splitlines()) == 1
    assert "perspective index" in outcome.errors


def test_index_of_bad_content_lists_every_problem(run: Run, content: Path) -> None:
    (content / "articles" / "a.md").write_text("---\ntitel: X\n---\n")
    (content / "articles" / "b.md").write_bytes(b"\xff\xfe")
    for arguments, status in ((["index", "--strict"], 1), (["index"], 0)):
        outcome = run(*arguments)
        assert outcome.status == status
        assert "content/articles/a.md:2:" in outcome.errors
        assert "content/articles/b.md:" in outcome.errors
        assert "Traceback" not in outcome.errors


@pytest.mark.skipif(os.geteuid() == 0, reason="the administrator may write anywhere: run the tests as another user")
def test_index_in_a_foreign_directory_is_an_error(run: Run, content: Path, tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir()
    locked.chmod(stat.S_IRUSR | stat.S_IXUSR)
    outcome = run("index", "--index", "locked/index")
    assert outcome.status == 1
    assert len(outcome.errors.splitlines()) == 1


def test_index_with_a_file_in_its_place_is_an_error(run: Run, content: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    outcome = run("index", "--index", "file/index")
    assert outcome.status == 1
    assert len(outcome.errors.splitlines()) == 1
    assert "file/index" in outcome.errors
    assert "Traceback" not in outcome.errors


def test_check_of_clean_content_is_0(run: Run, content: Path) -> None:
    outcome = run("check")
    assert (outcome.status, outcome.errors) == (0, "")


def test_check_prints_each_problem_with_path_and_line(run: Run, content: Path) -> None:
    (content / "articles" / "a.md").write_text(
        "---\ntitle: A\nsummary: A.\npublished: 2025-01-01\ntags: [one, two]\n---\n\n[gone](/articles/nowhere/)\n"
    )
    outcome = run("check")
    assert outcome.status == 1
    assert "content/articles/a.md:8: " in outcome.output
    assert "1 error" in outcome.output.splitlines()[-1]


def test_check_of_invalid_content_is_1(run: Run, content: Path) -> None:
    (content / "articles" / "a.md").write_text("---\ntitel: X\n---\n")
    outcome = run("check")
    assert outcome.status == 1
    assert "content/articles/a.md:2: " in outcome.output
    assert "title" in outcome.output


def test_check_without_content_names_the_folder(run: Run) -> None:
    outcome = run("check", "--content", "nowhere")
    assert outcome.status == 1
    assert "nowhere" in outcome.output


def test_new_writes_a_draft_that_is_valid(run: Run, content: Path) -> None:
    outcome = run("new", 'Why: a "title" — with ünïcode, [brackets] & more')
    assert outcome.status == 0
    path = content.parent / outcome.output.strip()
    assert path == content / "articles" / "why-a-title-with-unicode-brackets-more.md"
    _, front, body = path.read_text().split("---\n", 2)
    fields = yaml.safe_load(front)
    assert fields == {"title": 'Why: a "title" — with ünïcode, [brackets] & more', "draft": True}
    assert "## " in body
    assert run("check").status == 0


def test_new_never_overwrites(run: Run, content: Path) -> None:
    before = (content / "articles" / "outbox.md").read_text()
    outcome = run("new", "Outbox")
    assert outcome.status == 1
    assert "exists" in outcome.errors
    assert (content / "articles" / "outbox.md").read_text() == before
    (content / "articles" / "folder").mkdir()
    assert run("new", "Folder").status == 1


def test_output_may_be_cut_short(run: Run, content: Path, tmp_path: Path) -> None:
    run("index")
    command = f"{sys.executable} -m services query --json relay | head -c 1"
    done = subprocess.run(["sh", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("{", "")


def test_check_answers_the_judged_queries(run: Run, content: Path) -> None:
    (content / "relevance.toml").write_text(
        '[[queries]]\ntext = "outbox pattern"\nrelevant = { "outbox" = 3 }\n\n'
        '[[queries]]\ntext = "average"\nrelevant = { "outbox" = 3 }\n'
    )
    outcome = run("check")
    assert outcome.status == 0
    assert "'average' should find outbox (3)" in outcome.output
    assert "2 judged queries: MRR 0.500" in outcome.output
    assert "success@1 0.500" in outcome.output


def test_check_reports_problems_of_synonyms_and_judgements(run: Run, content: Path) -> None:
    (content / "synonyms.toml").write_text('[[groups]]\nterms = ["alone"]\n')
    (content / "relevance.toml").write_text('[[queries]]\ntext = "x"\nrelevant = { "no-such-article" = 3 }\n')
    outcome = run("check")
    assert outcome.status == 1
    assert "content/synonyms.toml:1: " in outcome.output
    assert "content/relevance.toml:1: there is no article 'no-such-article'" in outcome.output
