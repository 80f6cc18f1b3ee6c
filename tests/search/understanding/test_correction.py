"""Which words a correction replaces, and which it leaves alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from services.search.embedded import LocalEngine
from services.search.engine_whoosh.store.store import WhooshIndexStore
from services.search.understanding.repairs import MAX_REPAIRS
from shared.search.contract import MAX_OFFERS, SearchQuery
from tests.search_service.articles import make_article

ARTICLES = (
    make_article("outbox", "The outbox pattern", text="A relay reads the outbox table. The rest of a day is short."),
    make_article("circuit", "The dead letter queue", text="A circuit-breaker on Postgres, half open. Visible to all."),
    make_article(
        "broker", "The broker", text="A broker is no circuit. The broker of brokers has a limit; a broker waits."
    ),
    make_article("kafka", "Kafka on Kubernetes", text="Microservices run kubectl. Data in SQL, and a run of days."),
)


@pytest.mark.parametrize(
    ("typed", "meant", "slug"),
    [
        ("outbx", "outbox", "outbox"),
        ("outbx patern", "outbox pattern", "outbox"),
        ("uotbox", "outbox", "outbox"),
        # a word beside its neighbour comes before a more common one
        ("circuit breakre", "circuit breaker", "circuit"),
        ("circut breakre", "circuit breaker", "circuit"),
        # in one word of several with hyphens
        ("dead-lettr queue", "dead-letter queue", "circuit"),
        ("circuit-breakre", "circuit-breaker", "circuit"),
        ("The Dead-Lettr", "The Dead-letter", "circuit"),
        # spaces that were forgotten
        ("outboxpattern", "outbox pattern", "outbox"),
        ("deadletterqueue", "dead letter queue", "circuit"),
        ("circuitbreaker", "circuit breaker", "circuit"),
        # and those that are too many
        ("post gres", "postgres", "circuit"),
        ("kube ctl", "kubectl", "kafka"),
        ("micro services kafka", "microservices kafka", "kafka"),
        # within quotation marks, fields and OR
        ('"outbx patern"', '"outbox pattern"', "outbox"),
        ('title:"outbx pattern"', 'title:"outbox pattern"', "outbox"),
        ("title:outbx", "title:outbox", "outbox"),
        ("outbx OR kafak", "outbox OR kafka", "kafka"),
    ],
)
def test_unknown_words_are_corrected_to_words_of_the_site(
    engine: LocalEngine, typed: str, meant: str, slug: str
) -> None:
    results = engine.search(SearchQuery(typed))
    assert results.correction is not None
    assert (results.correction.original, results.correction.text) == (typed, meant)
    assert slug in {hit.slug for hit in results.hits}
    assert engine.search(SearchQuery(typed, exact=True)).correction is None


FORMS = (
    make_article("limits", "Limits", text="Requests are limited by rate limits; a limiter limits the rate."),
    make_article("lists", "Lists", text="A listing of files and their rate."),
    make_article("queues", "Queues", text="The consumers queued, and each had consumed its relays."),
)


@pytest.mark.parametrize(
    ("typed", "meant", "first"),
    [
        ("rate limting", "rate limiting", "limits"),  # not listing, which the site has
        ("limitng", "limiting", "limits"),  # not limits, at two edits
        ("consumign relays", "consuming relays", "queues"),
        ("limting OR queuign", "limiting OR queuing", "limits"),
        ('"rate limti"', '"rate limit"', "limits"),
    ],
)
def test_a_word_that_the_site_has_in_another_form_is_a_correction(
    tmp_path: Path, typed: str, meant: str, first: str
) -> None:
    store = WhooshIndexStore(tmp_path)
    store.sync(FORMS)
    results = store.open().search(SearchQuery(typed))
    assert results.correction is not None
    assert (results.correction.text, results.hits[0].slug) == (meant, first)


@pytest.mark.parametrize("typed", ["limping", "lifting", "limxtign", "cosumxng", "lmit"])
def test_a_short_word_or_one_that_exists_or_has_two_edits_is_not_corrected_to_another_form(
    tmp_path: Path, typed: str
) -> None:
    store = WhooshIndexStore(tmp_path)
    store.sync(FORMS)
    assert store.open().search(SearchQuery(typed)).correction is None


def test_an_own_word_that_the_site_has_in_another_form_is_a_correction(tmp_path: Path) -> None:
    words = tmp_path / "words.txt"
    words.write_text("ledgerlying\n")
    store = WhooshIndexStore(tmp_path / "index", words_path=words)
    store.sync([make_article("ledgerly", "Ledgerly", text="We ledgerly, you ledgerly.")])
    results = store.open().search(SearchQuery("ledgerlyng"))
    assert results.correction is not None
    assert results.correction.text == "ledgerlying"


def test_what_is_offered_beside_a_correction_stands_in_its_place(tmp_path: Path) -> None:
    text = "An orchestration has an orchestrator. " * 3
    store = WhooshIndexStore(tmp_path)
    store.sync([make_article("saga", "Orchestration", text=text), make_article("music", "An orchestrator", text=text)])
    results = store.open().search(SearchQuery("orchestraton"))
    assert results.correction is not None
    assert (results.correction.text, results.offers) == ("orchestration", ("orchestrator",))


@pytest.mark.parametrize("typed", ["--dead-lettr", "dead-lettr_1", "dead-lettr.md", "dead/lettr", "deadLettr-queue"])
def test_names_of_files_and_options_are_not_corrected_inside(engine: LocalEngine, typed: str) -> None:
    results = engine.search(SearchQuery(typed))
    assert (results.correction, results.offers) == (None, ())


@pytest.mark.parametrize(
    ("typed", "offers"),
    [
        ("kuberentse", ("kubernetes",)),  # two edits
        ("circuit braker", ("circuit breaker", "circuit broker")),  # a name
        ("outbx kuberentse", ("outbox kubernetes",)),
        ("teh outbox", ()),  # no stop words
    ],
)
def test_uncertain_corrections_are_offered_beside_the_hits(
    engine: LocalEngine, typed: str, offers: tuple[str, ...]
) -> None:
    results = engine.search(SearchQuery(typed))
    assert results.offers[: len(offers)] == offers
    assert len(results.offers) <= MAX_OFFERS
    known = {"circuit": "circuit", "outbox": "outbox"}
    for word in known.keys() & set(typed.split()):
        assert known[word] in {hit.slug for hit in results.hits}


@pytest.mark.parametrize("typed", ["is teh outbox", "an adn outbox", "wich outbox", "form outbox"])
def test_nothing_is_offered_in_the_place_of_a_mistyped_stop_word(typed: str, tmp_path: Path) -> None:
    store = WhooshIndexStore(tmp_path)
    text = "The outbox is one of ten boxes, and which of the add-ons I wish for comes from the th and ada. "
    store.sync([make_article("outbox", "Outbox", text=text * 3)])
    results = store.open().search(SearchQuery(typed))
    assert (results.offers, results.correction, [hit.slug for hit in results.hits]) == ((), None, ["outbox"])


REAL_WORDS = """
    redis netlify kong pact tableau spark soap flink junit graphql copay argo sprint rust saml cors sentry toil vlan
"""


@pytest.mark.parametrize("word", REAL_WORDS.split())
def test_a_word_that_exists_is_not_replaced(word: str, tmp_path: Path) -> None:
    """The site has a neighbour of each, in a title and often."""
    neighbours = (
        "redos notify long part table spare swap link unit graph copy args spring rest same cores entry tail plan"
    )
    articles = [make_article(f"a{n}", f"The {one}", text=f"{one} {one}.") for n, one in enumerate(neighbours.split())]
    store = WhooshIndexStore(tmp_path)
    store.sync(articles)
    results = store.open().search(SearchQuery(word))
    assert (results.correction, results.total, results.missing) == (None, 0, (word,))


def test_an_owner_adds_words_in_a_file(tmp_path: Path) -> None:
    words = tmp_path / "words.txt"
    store = WhooshIndexStore(tmp_path / "index", words_path=words)
    store.sync([make_article("outbox", "The outbox", text="An outbox.")])
    before = store.open()
    assert before.search(SearchQuery("outbux")).correction is not None
    words.write_text("# Our products\nOutbux  Ledgerly\n")
    after = store.open()
    assert after.search(SearchQuery("outbux")).correction is None
    assert after.generation != before.generation


@pytest.mark.parametrize(
    "typed",
    [
        "--dry-run",  # not --day-run
        "dry run",
        "sqs",  # not SQL, which no title has
        "ansible",  # not visible
        "relay OR outbx",  # the relay is found
        '"outbox table zzyzx"',
        "outbox 1.2.4",
        "pattern outbox",
        "data sql",
    ],
)
def test_plausible_words_are_not_corrected(engine: LocalEngine, typed: str) -> None:
    assert engine.search(SearchQuery(typed)).correction is None


def test_the_number_of_corrected_words_is_limited(engine: LocalEngine) -> None:
    results = engine.search(SearchQuery(" ".join(["outbx"] * 3 + [f"kafk{letter}" for letter in "bcdefghijk"])))
    assert results.correction is not None
    words = results.correction.text.split()
    assert sum(word in {"outbox", "kafka"} for word in words) == MAX_REPAIRS


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("kuebr", "kubernetes"),
        ("kubrn", "kubernetes"),
        ("pottern", "pattern"),
        ("outbox pta", None),  # three letters may become anything
        ("outbo", None),
        ("outbox ptat", "outbox pattern"),
        ("pottern ", "pattern "),
    ],
)
def test_a_word_that_is_being_typed_is_corrected_to_what_it_may_become(
    engine: LocalEngine, typed: str, meant: str | None
) -> None:
    correction = engine.search(SearchQuery(typed, partial=True)).correction
    assert (correction.text if correction else None) == meant


def test_the_lists_of_words_are_read_before_the_first_question() -> None:
    """A question runs on the event loop, where no file may be read."""
    program = """
from pathlib import Path
from services.search.text.words.known import KnownWords

known = KnownWords()
def refuse(path):
    raise AssertionError(f"{path} is read by a question")
Path.read_bytes = refuse
assert "outbox" in known
for word in ("aaaaab", "toolchain", "postgress", "reindexing"):
    word in known
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(("typed", "offers"), [("qelay", ("relay",)), ("valf", ()), ("toker", ())])
def test_another_first_letter_is_offered_from_five_letters_on_where_the_word_does_not_exist(
    engine: LocalEngine, typed: str, offers: tuple[str, ...]
) -> None:
    results = engine.search(SearchQuery(typed))
    assert (results.correction, results.offers) == (None, offers)


@pytest.mark.parametrize("typed", ["grey", "gray", "centre", "ionise"])
def test_nothing_is_offered_for_a_word_with_two_spellings(typed: str, tmp_path: Path) -> None:
    store = WhooshIndexStore(tmp_path / "index")
    store.sync(
        (make_article("near", "Near", text="It grew; a grep by the centaur, who came to the fray, was lionised."),)
    )
    engine = store.open()
    found = engine.search(SearchQuery(f"{typed} words"))
    engine.close()
    assert (found.offers, found.correction, found.missing[0]) == ((), None, typed)


@pytest.mark.parametrize(
    ("typed", "readings"),
    [
        ('"outbx pattern"', [('"outbox pattern"', "outbox pattern")]),
        ("outbx -kafka", [("-kafka", "outbox kafka")]),
        ("-kafka outbx", [("-kafka", "kafka outbox")]),
        ("outbx OR kafak", [("OR", "outbox or kafka")]),
    ],
)
def test_operators_of_a_corrected_query_are_reported_as_it_is_searched(
    typed: str, readings: list[tuple[str, str]], tmp_path: Path
) -> None:
    store = WhooshIndexStore(tmp_path / "index")
    store.sync(
        (
            make_article("outbox", "The outbox pattern", text="The outbox pattern, an outbox and a pattern. " * 9),
            make_article("kafka", "Kafka", text="Kafka is a log."),
        )
    )
    engine = store.open()
    found = engine.search(SearchQuery(typed))
    engine.close()
    assert [(one.typed, one.instead) for one in found.readings] == readings


@pytest.mark.parametrize(
    ("typed", "offered"),
    [("KUBERENTES", "kubernetes"), ("the KUBERNTES way", "the kubernetes way"), ("KUBRNT", ""), ("PODZ", "")],
)
def test_a_word_in_capitals_is_never_replaced_and_its_correction_is_offered(
    tmp_path: Path, typed: str, offered: str
) -> None:
    """Caps Lock may be on; a name in capitals may be one that the site lacks."""
    store = WhooshIndexStore(tmp_path)
    store.sync([make_article("pods", "Kubernetes", text="Kubernetes runs pods in its own way.")])
    engine = store.open()
    results = engine.search(SearchQuery(typed))
    assert (results.correction, results.offers) == (None, (offered,) if offered else ())
    engine.close()
