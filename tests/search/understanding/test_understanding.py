"""What readers paste, and operators, on a site of a few articles: each a class of the reviews, as a class."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.search.arrays.vocabulary.vocabulary import GenerationVocabulary
from services.search.embedded import LocalEngine
from services.search.engine_whoosh.engine import WhooshEngine
from services.search.engine_whoosh.store.store import WhooshIndexStore
from services.search.text.query import parse_query
from services.search.text.synonyms import Synonyms
from services.search.understanding.planning import make_plan
from shared.search.contract import SearchQuery
from tests.search.understanding.articles import SITE, slugs
from tests.search_service.articles import make_article

ARTICLES = SITE


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("java -Xmx512m", "java"),
        ("-Xmx512m", "java"),
        ("-p 8080:80 -it image", "java"),
        ("tar -xzf", "java"),
        ('permission denied for table "invoices_2"', "grants"),
        ('permission denied for table "orders"', "grants"),  # the name stands elsewhere by chance
        ("RFC9110", "numbers"),
        ("python3.12", "numbers"),
        ("tls1.3", "numbers"),
        ("16GiB", "numbers"),
        ("300ms", "numbers"),
        ("oauth", "numbers"),
        ("TLS 1.2", "numbers"),
        ("1299.95", "numbers"),
        ("1299", "numbers"),
        ("Bjorn", "names"),
        ("Michal", "names"),
        ("Thora", "names"),
        ("email", "names"),
        ("btree", "names"),
        ("gpu", "names"),
        ("VM", "names"),
        ("stateful sets", "sets"),
        ("setup", "spaces"),
        ("loadbalancer", "spaces"),
        ("nodejs", "spaces"),
        ("p99", "spaces"),
        ("ipv4", "spaces"),
        ("time out", "joined"),
        ("p 95", "joined"),
        ("p-95", "joined"),
        ("mTLS", "joined"),
        ("rbac", "joined"),
        ("ssh", "joined"),
        ("OS", "joined"),
        ("IPv6", "joined"),
    ],
)
def test_what_is_pasted_or_spelt_otherwise_finds_its_article_first(engine: LocalEngine, typed: str, first: str) -> None:
    assert slugs(engine, typed)[0] == first


def test_a_sign_without_a_word_excludes_nothing(engine: LocalEngine) -> None:
    for typed in ("orders -> invoices", "->", "java -, docker"):
        assert engine.search(SearchQuery(typed)).readings == (), typed


def test_a_quotation_that_is_not_closed_and_found_nowhere_is_words(engine: LocalEngine) -> None:
    results = engine.search(SearchQuery('"orders of docker'))
    assert results.correction is not None
    assert (results.correction.text, results.hits[0].slug) == ("orders of docker", "orders")
    assert engine.search(SearchQuery('"orders of docker', exact=True)).total == 0
    kept = engine.search(SearchQuery('"orders of a customer'))
    assert ([hit.slug for hit in kept.hits], kept.correction) == (["orders"], None)


def test_words_of_a_phrase_that_no_article_has_are_missing_and_no_others(engine: LocalEngine) -> None:
    assert engine.search(SearchQuery('"orders docker"')).missing == ()
    assert engine.search(SearchQuery('"orders zugzwang"')).missing == ("zugzwang",)


def test_an_operator_is_reported_with_the_query_that_reads_it_as_text(engine: LocalEngine) -> None:
    typed = 'java -docker "a jar" title:things OR colo*'
    readings = {reading.kind: reading for reading in engine.search(SearchQuery(typed)).readings}
    assert readings["exclusion"].instead == 'java docker "a jar" title:things OR colo*'
    assert readings["phrase"].instead == "java -docker a jar title:things OR colo*"
    assert readings["field"].typed == "title:things"
    assert readings["either"].instead == 'java -docker "a jar" title:things or colo*'
    assert readings["beginning"].typed == "colo*"
    assert engine.search(SearchQuery("java docker")).readings == ()


def test_the_quotation_of_a_message_is_dropped_with_a_notice_and_can_be_kept(engine: LocalEngine) -> None:
    typed = 'permission denied for table "invoices_2"'
    results = engine.search(SearchQuery(typed))
    assert results.correction is not None
    assert results.correction.text == "permission denied for table invoices_2"
    assert engine.search(SearchQuery(typed, exact=True)).total == 0


def test_a_message_that_the_site_does_not_explain_is_answered_by_nothing(engine: LocalEngine) -> None:
    results = engine.search(SearchQuery("ENOSPC: System limit for number of file watchers of the server reached"))
    assert (results.total, results.hits) == (0, ())
    assert "ENOSPC" in results.missing
    assert len(results.near) <= 3


@pytest.mark.parametrize(
    "typed",
    [
        "docker run -it --rm image",  # -it would keep out what has a stop word
        "java -p 8080:80 -start image",
        "find / -image jar",
        "-Xmx512m -image",
        "jar | start -image",
        "image -the",
        "Get-Item -Image jar",
        "Remove-Item -Image jar | Out-Null",
        "$env:Image -jar ';'",
        "find . -image jar",
        "find jar -name image",
        "find jar -exec image {} +",
        "java -jar image",
        "start.sh -image jar",
        "$ start -image",
        "go test -run image",
        "openssl x509 -in image -text",
        "terraform apply -auto image",
        "start *.jar -image",
    ],
)
def test_no_option_of_a_command_excludes_anything(engine: LocalEngine, typed: str) -> None:
    results = engine.search(SearchQuery(typed))
    assert results.readings == ()
    assert results.total


@pytest.mark.parametrize(
    "typed", ["jar -docker", "jar -DOCKER", "jar -image -docker", 'java -"a jar"', "The-Image -docker"]
)
def test_a_minus_before_a_word_in_words_excludes(engine: LocalEngine, typed: str) -> None:
    assert {reading.kind for reading in engine.search(SearchQuery(typed)).readings} == {"exclusion"}


@pytest.mark.parametrize(
    "typed",
    [
        "SELECT * FROM orders WHERE id = 1 OR name = 'x'",
        "if (colour == color OR jar)",
        "orders > 5 OR invoices",
        "orders' OR '1'='1",
        "name='x' OR name='orders'",
        "orders=1 OR jar",
    ],
)
def test_an_or_of_a_statement_is_a_word_of_it(engine: LocalEngine, typed: str) -> None:
    assert engine.search(SearchQuery(typed)).readings == ()


@pytest.mark.parametrize(
    "typed",
    [
        '{"table": "customer", "code": 503}',
        '{"orders":true}',
        '["orders", "customer"]',
        '<div class="orders">',
        'kind: orders\nname: "customer"',
        'orders = "2.1"',
        'orders: str = "customer"',
        'print!("orders {}", customer)',
        'keep("orders")',
        '"orders": null',
    ],
)
def test_quotation_marks_of_data_ask_for_no_phrase(engine: LocalEngine, typed: str) -> None:
    results = engine.search(SearchQuery(typed))
    assert results.readings == ()
    assert "orders" in {hit.slug for hit in results.hits}


@pytest.mark.parametrize(
    "typed",
    [
        "Uncaught ReferenceError: $ is not defined for the customer",
        "SomeError: the server of the customer",
        "EADDRINUSE: address already in use by the owner of java",
        "error: linker `cc` not found",  # a word that exists is no slip of a reader's
        "thread 'main' panicked at 'index out of bounds', src/main.rs:5:5",
        "goroutine 1 [running]: main.main() of the server",
        "Unable to locate package foo, ask the owner",
        "0x80070005 Access is denied to the owner",
        "ORA-01555: the server says it is too old",
        "com.example.jar.ImageException",
        "Msg 1205, Level 13, State 51, Line 1: the server of the customer",
        "SQLSTATE[23000]: the owner of the table",
        "ER_DUP_ENTRY: the owner of the table",
        "at org.acme.jar.ImageServer.doKeep(ImageServer.java:1067)",
        "at Table.<anonymous> (/app/index.js:3:7)",
        "HTTP Error 502.3 - Bad image",
        "DETAIL: process 12 waits for the owner",
        "RuntimeWarning: coroutine of the owner",
        "cluster_block_exception: the server of the customer",
        "Elastic: cluster_block_exception of the customer, server",
        "nginx: [emerg] directive of the server",
        "image of the owner NET::ERR_CERT_DATE_INVALID",
        "make: *** No rule for the owner of java. Stop.",
        "Deadlock of the owner; try the server",
        "main.go:7:2: the server is imported and not used",
        "The server customer:8080 is blocked by the policies",
        "Owner: PRECONDITION_FAILED - java for the server",
        "Table of the owner, error #185 of java",
        'level=error msg="customer of the server"',
        "docker_image: Table closed by the owner",
    ],
)
def test_a_message_about_something_else_is_answered_by_nothing(engine: LocalEngine, typed: str) -> None:
    results = engine.search(SearchQuery(typed))
    assert (results.total, results.offers) == (0, ())


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        # An article that has ordinary words of a message, each somewhere, is not about it.
        ("Unable to load app mind: time v4", []),
        ("Error: mind the 'balancer', out app 99", []),
        ("DOCKER: image java 'runs.jar'", []),
        # It may be if no word or name is unknown.
        ("DOCKER: image java runs jar", ["java"]),
        # One that has some of them as they stand there is.
        ("Unable to load balancer app mind: time", ["spaces"]),
        ("Unable to load the balancer: app mind time", ["spaces"]),
        # What stands in the place of a name has another length.
        ('Error: permission "qwx" invoices "qws" server', ["grants"]),
        # An exception or a code is enough, and so is a quotation.
        ("RFC9110: gib python ms tls", ["numbers"]),
        ('Error: owner "permission denied" server', ["grants"]),
        # The name of something, as it stands there.
        ('Error: docker app.jar java "qwx"', ["java"]),
    ],
)
def test_a_message_is_answered_by_articles_that_have_words_of_it_as_they_stand_there(
    engine: LocalEngine, typed: str, found: list[str]
) -> None:
    assert slugs(engine, typed)[:1] == found


@pytest.mark.parametrize("typed", ['Error: Cannot find module "qwx"', 'npm: Cannot find module "qwx"'])
def test_label_of_a_message_is_no_neighbour_of_its_first_word(tmp_path: Path, typed: str) -> None:
    store = WhooshIndexStore(tmp_path / "index")
    text = "An error cannot hide from npm, and npm cannot sleep. Others find it. A module has its place. "
    store.sync([make_article(f"about-{number}", f"About {number}", text=text) for number in range(4)])
    engine = store.open()
    assert engine.search(SearchQuery(typed)).total == 0
    assert engine.search(SearchQuery(typed.replace(": Cannot", " cannot"))).total == 4
    engine.close()


@pytest.mark.parametrize(
    ("typed", "missing"),
    [
        ("ORA-01555", "ORA-01555"),
        ("TS2322", "TS2322"),
        ("qwxGzk", "qwxGzk"),
        ("Zugzw\u00e4ng of java", "Zugzw\u00e4ng"),
        ("\uff31\uff37\uff38 java", "\uff31\uff37\uff38"),
        ("Qwxgz and qwxgz", "Qwxgz"),
        ("java -jar UseQwxGC", "UseQwxGC"),  # the whole name, not the words that it lacks
        ("java -DskipTable", "DskipTable"),
        ("customer 2026-11-21T16:20:30Z", "2026-11-21T16:20:30Z"),
        ("customer 21/Nov/2026:16:20:30", "21/Nov/2026:16:20:30"),
        ("customer 16:20:30.129", "16:20:30.129"),
        ("customer 11/21/2026", "11/21/2026"),
        ("customer 21.11.2026", "21.11.2026"),
    ],
)
def test_missing_words_are_named_as_typed(engine: LocalEngine, typed: str, missing: str) -> None:
    assert engine.search(SearchQuery(typed)).missing == (missing,)


@pytest.mark.parametrize("name", ["java-table", "docker/java-qwx/Table"])
def test_name_in_a_message_is_missing_as_a_whole(engine: LocalEngine, name: str) -> None:
    """Each of its words may be known: no article has the name."""
    missing = engine.search(SearchQuery(f"Error: permission denied for zugzwang in '{name}' of docker")).missing
    assert missing == ("Error", "zugzwang", name)


def test_a_question_with_brackets_and_colons_is_no_message(engine: LocalEngine) -> None:
    question = "colour: does the lens (of vertebrates, including humans) bend light of some colours more than others"
    results = engine.search(SearchQuery(question))
    assert results.near == ()
    assert "british" in {hit.slug for hit in results.hits}


def test_prefixes_read_a_bounded_number_of_postings(engine: WhooshEngine) -> None:
    generation = engine.generation_data
    plan = make_plan(parse_query(" ".join(f"{letter}*" for letter in "abcdefghijklmnopqrstuvwxyz")), Synonyms.none())
    free = GenerationVocabulary(generation, Synonyms.none())
    bounded = GenerationVocabulary(generation, Synonyms.none(), max_postings=20)
    assert sum(bounded.match(group).df for group in plan.groups) < sum(free.match(group).df for group in plan.groups)
    # What is read first does not depend on the budget of what follows.
    assert bounded.match(plan.groups[0]).df == free.match(plan.groups[0]).df


def test_sequences_read_a_bounded_number_of_postings(engine: WhooshEngine) -> None:
    generation = engine.generation_data
    plan = make_plan(parse_query('"the outbox" "the quality" "quality the"'), Synonyms.none())
    free = GenerationVocabulary(generation, Synonyms.none())
    bounded = GenerationVocabulary(generation, Synonyms.none(), max_postings=0)
    # The first one is exact whatever it reads; of the others the rarest word counts.
    assert bounded.match(plan.groups[0]).df == free.match(plan.groups[0]).df
    spent = [bounded.match(group) for group in plan.groups[1:]]
    assert [match.parts[0].spans for match in spent] == [(), ()]
    assert all(match.df >= free.match(group).df for match, group in zip(spent, plan.groups[1:], strict=True))


@pytest.mark.parametrize(
    ("typed", "slugs_found", "near", "offers"),
    [
        # No article has all of its words: none is an answer.
        ("useInvoice", [], ["grants"], ()),
        ("PullOrderInvoice", [], ["orders", "grants"], ()),
        ("orders.invoices.docker", [], ["orders", "grants", "plain"], ("orders invoices docker",)),
        # Articles have most of them side by side.
        ("OrderDocker::run()", ["java", "orders", "plain"], [], ("order docker run",)),
        # An option is a name too, and so is one with its value.
        ("--order-invoice=docker", [], ["orders", "grants", "plain"], ("order invoice docker",)),
        ("-Djava.image.docker2=true", [], ["plain", "java", "numbers"], ()),
        ("--customer-orders", ["orders"], [], ()),
        ("max_invoice_size=10", [], ["grants"], ()),
        # One article has all of them, others some.
        ("CustomerOrders", ["orders"], [], ()),
    ],
)
def test_a_name_that_no_article_has_is_answered_only_by_articles_with_all_of_its_words(
    engine: LocalEngine, typed: str, slugs_found: list[str], near: list[str], offers: tuple[str, ...]
) -> None:
    results = engine.search(SearchQuery(typed))
    assert ([hit.slug for hit in results.hits], results.missing) == (slugs_found, (typed,))
    assert ([hit.slug for hit in results.near], results.offers) == (near, offers)


def test_an_exclusion_beside_a_filter_excludes(engine: LocalEngine) -> None:
    """It is no option of a command: something else was asked for."""
    for typed in ("year:2026 -java", "docker year:2026 -java", "year:2026 docker -java"):
        assert [one.kind for one in engine.search(SearchQuery(typed)).readings] == ["filter", "exclusion"], typed


def test_the_letter_of_an_option_is_no_word_by_itself(engine: LocalEngine) -> None:
    """Java's article has -p and the one about load balancers a bare p."""
    assert slugs(engine, "balancer -p") == ["java", "spaces"]
    results = engine.search(SearchQuery("customer -v"))
    assert ([hit.slug for hit in results.hits], results.missing) == (["orders"], ("-v",))


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("https://blog.example/articles/orders/#customer", "orders"),
        ("http://127.0.0.1:8080/articles/orders?q=java", "orders"),
        ("articles/orders/index.md", "orders"),
        ("content/articles/java.md", "java"),
        ("/articles/plain/", "plain"),
    ],
)
def test_the_address_of_an_article_finds_it_first(engine: LocalEngine, typed: str, first: str) -> None:
    assert slugs(engine, typed)[0] == first


def test_the_time_of_a_pasted_message_is_not_about_its_numbers(engine: LocalEngine) -> None:
    """The site has 16, 20, 21 and 30, in articles about something else."""
    typed = "2026-11-21T16:20:30Z ERROR permission denied for table invoices"
    assert slugs(engine, typed)[0] == "grants"
    assert not {"numbers", "hyphen", "closed"} & set(slugs(engine, typed))
