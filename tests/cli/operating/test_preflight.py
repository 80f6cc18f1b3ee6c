"""Settings that name what is not there: one message names every one, with those whose values are wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.cli.operating.preflight import check_for_render, check_for_search, check_for_serve
from shared.web.settings import Check, SettingsError, load_settings
from tests.privileges import unprivileged


def message(check: Check, **values: object) -> str:
    """The message for these settings; "" if they are right."""
    try:
        load_settings({f"PERSPECTIVE_{name.upper()}": str(value) for name, value in values.items()}, check)
    except SettingsError as error:
        return str(error)
    return ""


def test_one_message_names_wrong_values_and_places_that_are_not_there(tmp_path: Path) -> None:
    away = tmp_path / "away"
    found = message(
        check_for_render,
        watch="maybe",
        content_dir=away,
        tls_dir=away,
        insight_token_file=away,
        host="256.1.1.1",
    )
    assert found.splitlines()[0] == "5 settings are wrong:"
    names = [line.strip().partition("=")[0].removeprefix("PERSPECTIVE_") for line in found.splitlines()[1:]]
    assert names == ["WATCH", "CONTENT_DIR", "TLS_DIR", "INSIGHT_TOKEN_FILE", "HOST"]


def test_a_folder_of_content_that_may_not_be_entered_is_one_wrong_setting_of_several(tmp_path: Path) -> None:
    content = tmp_path / "content"
    (content / "articles").mkdir(parents=True)
    with unprivileged():
        content.chmod(0)
        try:
            found = message(check_for_render, content_dir=content, host="256.1.1.1")
        finally:
            content.chmod(0o700)
    assert found.splitlines()[0] == "2 settings are wrong:"
    reason = f"{content / 'articles'} cannot be read: Permission denied"
    assert found.splitlines()[1] == f'  PERSPECTIVE_CONTENT_DIR="{content}": {reason}'


@pytest.mark.parametrize("check", [check_for_render, check_for_search, check_for_serve])
def test_settings_as_they_come_are_right(check: Check, tmp_path: Path) -> None:
    (tmp_path / "articles").mkdir()
    assert message(check, content_dir=tmp_path) == ""


def test_files_of_a_cluster_are_read_before_the_start(tmp_path: Path) -> None:
    given = tmp_path / "given"
    given.write_bytes(b"\xff\n")
    fields = ("opensearch_password_file", "opensearch_token_file", "opensearch_ca_file")
    found = message(check_for_search, search_engine="opensearch", **dict.fromkeys(fields, given))
    assert found.splitlines() == [
        "3 settings are wrong:",
        f'  PERSPECTIVE_OPENSEARCH_PASSWORD_FILE="{given}": takes a file with one line of text in UTF-8',
        f'  PERSPECTIVE_OPENSEARCH_TOKEN_FILE="{given}": takes a file with one line of text in UTF-8',
        f'  PERSPECTIVE_OPENSEARCH_CA_FILE="{given}": takes a file with certificates in PEM',
    ]


@pytest.mark.parametrize(
    ("check", "values", "named"),
    [
        (check_for_serve, {"render_port": 9000, "search_port": 9000}, "SEARCH_PORT"),
        (check_for_search, {"search_port": 9000, "search_management_port": 9000}, "SEARCH_MANAGEMENT_PORT"),
        (check_for_search, {"search_management_port": 1, "management_host": "256.1.1.1"}, "MANAGEMENT_HOST"),
        (check_for_search, {"search_engine": "opensearch", "opensearch_ca_file": "/"}, "OPENSEARCH_CA_FILE"),
        (check_for_search, {"search_engine": "whoosh", "opensearch_ca_file": "/"}, ""),
        (check_for_search, {"content_dir": "/no/such"}, ""),  # search answers from the index it has
        (check_for_serve, {"render_port": 0, "search_port": 0}, ""),
        (check_for_serve, {"render_management_port": 1, "management_host": "256.1.1.1"}, ""),  # it has none
    ],
)
def test_each_program_names_what_it_needs(check: Check, values: dict[str, object], named: str) -> None:
    found = message(check, **values)
    assert found.partition("=")[0] == (f"wrong setting: PERSPECTIVE_{named}" if named else "")
