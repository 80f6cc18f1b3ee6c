"""Equal terms: where a query holds one, and the problems of the file that lists them."""

from __future__ import annotations

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from services.search.relevance.judged import parse_relevance
from services.search.text.synonyms import SynonymMatch, Synonyms, parse_synonyms
from services.search.text.tokens import tokenize
from tests.privileges import unprivileged

SYNONYMS = Synonyms.of(
    [
        ["mTLS", "mutual TLS"],
        ["TLS", "transport layer security"],
        ["DLQ", "dead letter queue", "dead-letter topic"],
        ["PDB", "PodDisruptionBudget"],
        ["CI/CD", "continuous integration"],
        ["certificate authority", "CA"],
        ["CA", "California"],
    ]
)


def found(text: str) -> list[tuple[str, list[str]]]:
    """What of ``text`` was matched, and its alternatives."""
    surfaces = [token.surface for token in tokenize(text)]
    return [
        (" ".join(surfaces[match.start : match.end]), [" ".join(words) for words in match.alternatives])
        for match in SYNONYMS.matches(surfaces)
    ]


@pytest.mark.parametrize(
    ("text", "matches"),
    [
        ("mTLS handshake", [("mtls", ["mutual tls"])]),
        ("what is mutual TLS for", [("mutual tls", ["mtls"])]),
        ("dead-letter queues", [("dead-letter queues", ["dlq", "dead letter topic"])]),
        (
            "Dead Letter Topic or DLQs",
            [("dead letter topic", ["dlq", "dead letter queue"]), ("dlqs", ["dead letter queue", "dead letter topic"])],
        ),
        ("pod disruption budgets", [("pod disruption budgets", ["pdb"])]),
        ("poddisruptionbudget", [("poddisruptionbudget", ["pdb"])]),
        ("PodDisruptionBudget", [("poddisruptionbudget", ["pdb"])]),
        ("ci/cd", [("ci/cd", ["continuous integration"])]),
        ("ci cd", [("ci cd", ["continuous integration"])]),
        ("ca", [("ca", ["certificate authority", "california"])]),
        ("letter queue", []),
        ("mutual interest", []),
        ("", []),
    ],
)
def test_terms_are_found_by_stem_and_word_by_word(text: str, matches: list[tuple[str, list[str]]]) -> None:
    assert found(text) == matches


def test_the_longest_term_wins_and_terms_do_not_overlap() -> None:
    assert found("mutual tls tls") == [("mutual tls", ["mtls"]), ("tls", ["transport layer security"])]


def test_a_match_covers_whole_surfaces_only() -> None:
    surfaces = ["dead-letter", "queue-depth"]
    assert SYNONYMS.matches(surfaces) == ()
    assert SYNONYMS.matches(["tls"]) == (SynonymMatch(0, 1, (("transport", "layer", "security"),)),)


def test_no_synonyms_match_nothing() -> None:
    assert Synonyms.none().matches(["mtls", "ca"]) == ()


def test_the_digest_names_the_contents() -> None:
    assert Synonyms.of([["a", "b"]]).digest == Synonyms.of([["A", "b"]]).digest
    assert Synonyms.of([["a", "b"]]).digest != Synonyms.of([["a", "c"]]).digest


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('[[groups]]\nterms = ["a", "b"', "synonyms.toml:2: this file is not TOML"),
        (
            '# head\n\n[[groups]]\nterm = ["a", "b"]',
            "synonyms.toml:4: 'term' is not a known key: did you mean 'terms'?",
        ),
        ('[[group]]\nterms = ["a", "b"]', "synonyms.toml:1: 'group' is not a known key: did you mean 'groups'?"),
        ('groups = [["a", "b"]]', "synonyms.toml:1: 'groups' must be written as tables, each under a line [[groups]]"),
        ("[[groups]]", "synonyms.toml:1: 'terms' must be a list of texts"),
        ('[[groups]]\nterms = "a"', "synonyms.toml:1: 'terms' must be a list of texts"),
        ('[[groups]]\nterms = ["a", 1]', "synonyms.toml:1: 'terms' must be a list of texts"),
        (
            '[[groups]]\nterms = ["pod", "pods"]',
            "synonyms.toml:1: a group needs two terms that differ in more than an ending",
        ),
        ('[[groups]]\nterms = ["a", "!"]', "synonyms.toml:1: the term '!' has no letter or digit"),
    ],
)
def test_problems_name_their_line_and_what_to_do(text: str, problem: str) -> None:
    synonyms, problems = parse_synonyms(text, "synonyms.toml")
    assert [str(one)[: len(problem)] for one in problems] == [problem]
    assert synonyms == Synonyms.none()


def test_good_groups_beside_a_bad_one_count() -> None:
    synonyms, problems = parse_synonyms('[[groups]]\nterms = ["a"]\n[[groups]]\nterms = ["b", "c"]\n', "synonyms.toml")
    assert synonyms == Synonyms.of([["b", "c"]])
    assert [problem.line for problem in problems] == [1]


def test_a_file_is_loaded_and_its_problems_are_logged(tmp_path: Path) -> None:
    path = tmp_path / "synonyms.toml"
    assert Synonyms.load(None) == Synonyms.load(path) == Synonyms.none()
    path.write_text('[[groups]]\nterms = ["b", "c"]\n[[groups]]\nterms = []\n')
    with capture_logs() as logs:
        assert Synonyms.load(path) == Synonyms.of([["b", "c"]])
    assert [entry["event"] for entry in logs] == ["synonyms left out"]


def test_a_file_that_cannot_be_read_is_left_out_with_a_warning(tmp_path: Path) -> None:
    path = tmp_path / "synonyms.toml"
    path.write_text('[[groups]]\nterms = ["b", "c"]\n')
    path.chmod(0)
    with capture_logs() as logs, unprivileged():
        assert Synonyms.load(path) == Synonyms.none()
    assert [entry["problem"] for entry in logs] == [f"{path}: the file cannot be read: Permission denied"]


@pytest.mark.parametrize("text", ["x = " + "[" * 20_000, "x = " + "{a = " * 20_000, f"x = {'9' * 5_000}"])
def test_a_file_that_no_parser_can_read_is_one_problem(text: str) -> None:
    """Of the two files that are tables of tables, and are read while the service runs."""
    for parse in (parse_synonyms, parse_relevance):
        _, problems = parse(text, "x.toml")
        assert [problem.message.partition(":")[0] for problem in problems] == ["this file is not TOML"]


def test_synonyms_of_the_site_are_well_formed() -> None:
    path = Path(__file__).resolve().parents[3] / "content" / "synonyms.toml"
    synonyms, problems = parse_synonyms(path.read_text(encoding="utf-8"), "content/synonyms.toml")
    assert problems == ()
    assert len(synonyms.alternatives) > 100
