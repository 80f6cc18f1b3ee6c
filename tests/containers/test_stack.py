"""compose.yaml for real: what a reader gets from it, what its containers may do, and what they survive."""

from __future__ import annotations

import re

import pytest

from tests.containers.stack import FOLLOW_S, READY_S, Stack, wait_until

# The first test builds both images.
pytestmark = [pytest.mark.containers, pytest.mark.timeout(900)]

SERVICES = ("render", "search")
ARTICLE = "/articles/transactional-outbox/"
PAGES = ("/", "/?q=mTLS", ARTICLE, "/tags/", "/archive/", "/feed.xml", "/sitemap.xml")
#: A word that no article has.
WORD = "quoxelplume"
ARTICLE_TEXT = f"""---
title: A page from the host
summary: Written while the containers run.
published: 2026-01-02
tags: [testing]
---

## A section

It has the word {WORD}.
"""
#: Kills the process under init a moment later: the program that does it would else end with the container, and fail.
KILL_SERVICE = """
import os, time
service = int(open("/proc/1/task/1/children").read().split()[0])
if os.fork() == 0:
    os.setsid()
    os.closerange(0, 3)
    time.sleep(0.5)
    os.kill(service, 9)
"""


def readyz(stack: Stack) -> str:
    """What render says of itself on its management port, inside its container."""
    code = "import urllib.request as r; print(r.urlopen('http://127.0.0.1:9090/readyz').read().decode())"
    return stack.python("render", code)


def test_operators_pages_are_not_published(stack: Stack) -> None:
    assert [stack.get(path).status for path in ("/readyz", "/metrics", "/healthz")] == [404, 404, 200]


def test_listing_and_articles_are_served(stack: Stack) -> None:
    for page in PAGES:
        assert stack.get(page).status == 200, page


def test_search_finds_the_outbox_article_first_with_a_section_on_its_page(stack: Stack) -> None:
    hit = stack.search("Outbox Pattern").json()["hits"][0]
    assert hit["slug"] == "transactional-outbox"
    anchors = [section["anchor"] for section in hit["sections"] if section["anchor"]]
    page = stack.get(ARTICLE).text
    assert anchors
    assert all(f'id="{anchor}"' in page for anchor in anchors)


def test_search_page_works_without_javascript(stack: Stack) -> None:
    page = stack.get("/", q="mTLS").text
    assert "/articles/zero-trust-spiffe-spire/" in page
    assert "<mark>" in page


def test_only_the_site_is_published_and_only_on_this_machine(stack: Stack) -> None:
    bindings = {service: stack.inspect(service)["NetworkSettings"]["Ports"] for service in SERVICES}
    assert [one["HostIp"] for one in bindings["render"]["8080/tcp"]] == ["127.0.0.1"]
    assert not any((bindings["search"] or {}).values())


def test_search_has_no_way_out_of_its_network(stack: Stack) -> None:
    routes = stack.python("search", "print(open('/proc/net/route').read())").splitlines()[1:]
    assert routes
    assert not [route for route in routes if route.split()[1] == "00000000"]


@pytest.mark.parametrize("service", SERVICES)
def test_processes_have_a_user_of_their_own_and_no_rights(stack: Stack, service: str) -> None:
    status = dict(
        line.split(":\t", 1) for line in stack.python(service, "print(open('/proc/1/status').read())").splitlines()
    )
    assert status["Uid"].split() == ["10001"] * 4
    assert status["Gid"].split() == ["10001"] * 4
    assert status["NoNewPrivs"] == "1"
    assert {status[name] for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")} == {"0" * 16}


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("path", ["/here", "/content/articles/here.md", "/opt/perspective/here"])
def test_nothing_of_the_image_or_the_content_can_be_written(stack: Stack, service: str, path: str) -> None:
    said = stack.python(
        service,
        f"try: open({path!r}, 'w'); print('written')\nexcept OSError as error: print(type(error).__name__, error)",
    )
    assert re.match("PermissionError|OSError.*Read-only file system", said), said


@pytest.mark.parametrize("service", SERVICES)
def test_root_file_system_is_mounted_read_only(stack: Stack, service: str) -> None:
    mounts = stack.python(service, "print(open('/proc/mounts').read())").splitlines()
    options = {mount.split()[1]: mount.split()[3].split(",") for mount in mounts}
    assert "ro" in options["/"]
    assert "ro" in options["/content"]
    assert "noexec" in options["/tmp"]  # noqa: S108 - a mount is looked at, no file is made


@pytest.mark.parametrize(
    ("service", "absent"),
    [("render", ["whoosh", "numpy", "Stemmer"]), ("search", ["jinja2", "PIL", "brotli"])],
)
def test_image_holds_its_own_extra_and_no_build_tool(stack: Stack, service: str, absent: list[str]) -> None:
    names = [*absent, "setuptools", "pip", "pytest"]
    code = f"import importlib.util as util; print([name for name in {names!r} if util.find_spec(name)])"
    assert stack.python(service, code) == "[]"


@pytest.mark.parametrize("service", SERVICES)
def test_memory_and_processes_are_limited(stack: Stack, service: str) -> None:
    limits = stack.inspect(service)["HostConfig"]
    assert 0 < limits["Memory"] <= 1 << 30
    assert 0 < limits["PidsLimit"] <= 256


@pytest.mark.parametrize("service", SERVICES)
def test_health_check_of_the_image_passes(stack: Stack, service: str) -> None:
    config = stack.inspect(service)["Config"]
    test = (config.get("Healthcheck") or {})["Test"]
    assert test[0] == "CMD"
    assert "127.0.0.1:9090/healthz" in test[-1]
    # A check that fails exits with a status, which makes this raise.
    stack.compose("exec", "-T", service, *test[1:])


def test_edited_content_is_read_and_found(stack: Stack) -> None:
    article = stack.content / "articles" / "container-test.md"
    try:
        article.write_text(ARTICLE_TEXT, encoding="utf-8")
        article.chmod(0o644)
        wait_until("the page is served", lambda: stack.get("/articles/container-test/").status == 200, FOLLOW_S)
        wait_until("the page is found", lambda: stack.search(WORD).json().get("total") == 1, FOLLOW_S)
    finally:
        article.unlink()
    wait_until("the page is gone", lambda: stack.get("/articles/container-test/").status == 404, FOLLOW_S)
    wait_until("the page is found no more", lambda: not stack.search(WORD).json().get("total"), FOLLOW_S)


def test_invalid_edit_leaves_the_last_good_site(stack: Stack) -> None:
    article = stack.content / "articles" / "container-test.md"
    try:
        article.write_text("---\ntitel: Misspelt\n---\n", encoding="utf-8")
        article.chmod(0o644)
        wait_until("the problem is named", lambda: "container-test.md" in readyz(stack), FOLLOW_S)
        assert stack.get(ARTICLE).status == 200
        assert stack.search("Outbox Pattern").json()["hits"][0]["slug"] == "transactional-outbox"
    finally:
        article.unlink()
    wait_until("the problem is gone", lambda: "container-test.md" not in readyz(stack), FOLLOW_S)


def test_every_page_is_served_while_search_is_stopped(stack: Stack) -> None:
    stack.compose("stop", "search")
    try:
        for page in PAGES:
            assert stack.get(page).status == 200, page
        away = stack.search("outbox")
        assert away.status == 503
        assert int({name.lower(): value for name, value in away.headers.items()}["retry-after"]) > 0
    finally:
        stack.compose("start", "search")
    wait_until("search is back", stack.is_searchable, READY_S)


def test_index_survives_a_restart(stack: Stack) -> None:
    before = stack.search("outbox").json()
    stack.compose("restart", "search")
    wait_until("search is back", stack.is_searchable, READY_S)
    after = stack.search("outbox").json()
    assert after["generation"] == before["generation"]
    assert [hit["slug"] for hit in after["hits"]] == [hit["slug"] for hit in before["hits"]]


@pytest.mark.parametrize("service", SERVICES)
def test_service_that_is_killed_is_started_again(stack: Stack, service: str) -> None:
    started = stack.inspect(service)["State"]["StartedAt"]
    # What an out-of-memory kill looks like: the process under init is gone, and init ends with it.
    stack.python(service, KILL_SERVICE)
    wait_until(f"{service} is started", lambda: stack.inspect(service)["State"]["StartedAt"] != started, READY_S)
    wait_until(f"{service} is back", stack.is_searchable, READY_S)


@pytest.mark.parametrize("service", SERVICES)
def test_service_ends_in_order_when_it_is_stopped(stack: Stack, service: str) -> None:
    stack.compose("stop", service)
    try:
        assert stack.inspect(service)["State"]["ExitCode"] == 0
    finally:
        stack.compose("start", service)
    wait_until("both are back", stack.is_searchable, READY_S)


@pytest.mark.parametrize("service", SERVICES)
def test_everything_that_a_start_loads_is_compiled(stack: Stack, service: str) -> None:
    """Nothing can be written in a container: what is not compiled in the image is compiled by every start."""
    code = (
        f"import os, sys, services.cli.{service}\n"
        "files = {name: getattr(module, '__cached__', None) for name, module in sys.modules.items()}\n"
        "print(*(name for name, file in files.items() if file and not os.path.exists(file)))"
    )
    assert stack.python(service, code).split() == []
