"""Settings come from the environment, and an invalid one is reported with everything needed to fix it."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.web.settings import Settings, SettingsError, load_settings, takes, unknown_settings, variable_name


def test_every_setting_has_a_default_that_works() -> None:
    settings = load_settings({})
    assert settings == Settings()
    assert settings.content_dir == Path("content")
    assert settings.index_dir == Path(".perspective/index")
    assert (settings.host, settings.render_port, settings.search_port) == ("127.0.0.1", 8080, 8081)
    assert (settings.max_query_chars, settings.search_workers) == (200, 1)


def test_variables_are_read() -> None:
    settings = load_settings(
        {
            "PERSPECTIVE_CONTENT_DIR": "/srv/site",
            "PERSPECTIVE_RENDER_PORT": " 9000 ",
            "PERSPECTIVE_BASE_URL": "https://example.org/blog/",
            "PERSPECTIVE_DRAFTS": "true",
            "PERSPECTIVE_LOG_LEVEL": "DEBUG",
            "PERSPECTIVE_SEARCH_CACHE_BYTES": "0",
            "UNRELATED": "x",
        }
    )
    assert settings.content_dir == Path("/srv/site")
    assert settings.render_port == 9000
    assert settings.base_url == "https://example.org/blog"
    assert settings.drafts
    assert settings.log_level == "debug"
    assert settings.search_cache_bytes == 0


def test_an_empty_variable_is_not_set() -> None:
    assert load_settings({"PERSPECTIVE_BASE_URL": "", "PERSPECTIVE_RENDER_PORT": " "}) == Settings()


def test_one_wrong_setting_is_one_line() -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings({"PERSPECTIVE_RENDER_PORT": "80a"})
    assert str(caught.value) == (
        'wrong setting: PERSPECTIVE_RENDER_PORT="80a": takes a port: a whole number from 0 to 65535'
    )


WRONG = {
    "PERSPECTIVE_RENDER_PORT": "65536",
    "PERSPECTIVE_SEARCH_PORT": "-1",
    "PERSPECTIVE_SEARCH_URL": "search:8081",
    "PERSPECTIVE_BASE_URL": "ftp://example.org",
    "PERSPECTIVE_DRAFTS": "perhaps",
    "PERSPECTIVE_LIVE_RELOAD": "2",
    "PERSPECTIVE_WATCH": "sometimes",
    "PERSPECTIVE_MAX_QUERY_CHARS": "0",
    "PERSPECTIVE_SEARCH_WORKERS": "many",
    "PERSPECTIVE_SEARCH_CACHE_BYTES": "16MB",
    "PERSPECTIVE_SHUTDOWN_TIMEOUT_S": "0",
    "PERSPECTIVE_ACCESS_LOG": "loud",
    "PERSPECTIVE_LOG_LEVEL": "loud",
    "PERSPECTIVE_LOG_FORMAT": "xml",
}


def test_all_wrong_settings_are_named_at_once_with_value_and_what_they_take() -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(WRONG)
    message = str(caught.value)
    assert message.startswith(f"{len(WRONG)} settings are wrong:")
    for name, value in WRONG.items():
        assert f'{name}="{value}": takes ' in message
    assert len(message.splitlines()) == len(WRONG) + 1


@pytest.mark.parametrize("field", ["INDEX_DIR", "CACHE_DIR"])
@pytest.mark.parametrize("folder", ["site", "./site/", str(Path("site").absolute())])
def test_no_derived_file_lies_among_those_of_the_author(field: str, folder: str) -> None:
    with pytest.raises(SettingsError) as wrong:
        load_settings({"PERSPECTIVE_CONTENT_DIR": "site", f"PERSPECTIVE_{field}": folder})
    assert str(wrong.value).startswith(f"wrong setting: PERSPECTIVE_{field}=")
    assert str(wrong.value).endswith("takes another folder than PERSPECTIVE_CONTENT_DIR")
    load_settings({"PERSPECTIVE_CONTENT_DIR": "."})


@pytest.mark.parametrize(
    "url",
    [
        *("http://", "https://?x", "//example.org", "https://e.org/?q=1", "https://e.org/#a", "x"),
        *("https://e.org?", "https://e xample.org", "https://e\nxample.org", 'https://"><script>', "https://e.org/a b"),
        *(
            "https://e..org",
            "https://-",
            "https://e.org:99999",
            "https://e.org:0",
            "https://e.org//b",
            "https://e.org/..",
        ),
        *("https://[e.org]", "https://[::1", "https://me:secret@e.org", "https://@e.org"),
    ],
)
@pytest.mark.parametrize("field", ["base_url", "search_url", "opensearch_urls"])
def test_an_address_is_absolute_and_plain(url: str, field: str) -> None:
    with pytest.raises(SettingsError, match="http or https address"):
        load_settings({variable_name(field): url})


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8081", "http://[::1]:8081", "http://search_1:8081", "https://e.org./blog/a%20b;v=1"]
)
def test_an_address_may_have_a_port_and_a_path(url: str) -> None:
    assert load_settings({"PERSPECTIVE_SEARCH_URL": f"{url}/"}).search_url == url


def test_a_password_in_an_address_is_not_repeated() -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings({"PERSPECTIVE_OPENSEARCH_URLS": "http://a:9200,https://me:secret@b:9200"})
    assert 'OPENSEARCH_URLS="http://a:9200,https://…@b:9200": takes' in str(caught.value)


def test_every_setting_has_a_description_and_valid_values() -> None:
    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert takes(field), name


def test_a_child_process_gets_the_same_settings() -> None:
    settings = load_settings(
        {"PERSPECTIVE_DRAFTS": "1", "PERSPECTIVE_BASE_URL": "https://e.org", "PERSPECTIVE_HOST": "::"}
    )
    assert load_settings(settings.to_environ()) == settings
    assert load_settings(Settings().to_environ()) == Settings()


@pytest.mark.parametrize(
    ("environ", "origin"),
    [
        ({}, "http://127.0.0.1:8081"),
        ({"PERSPECTIVE_HOST": "0.0.0.0", "PERSPECTIVE_SEARCH_PORT": "9"}, "http://127.0.0.1:9"),  # noqa: S104 - not bound
        ({"PERSPECTIVE_HOST": "::"}, "http://[::1]:8081"),
        ({"PERSPECTIVE_HOST": "::1"}, "http://[::1]:8081"),
        ({"PERSPECTIVE_SEARCH_URL": "http://search:8081/"}, "http://search:8081"),
    ],
)
def test_search_is_found_where_it_listens(environ: dict[str, str], origin: str) -> None:
    assert load_settings(environ).search_origin == origin


def test_a_mistyped_variable_is_a_warning_with_the_nearest_name() -> None:
    warnings = unknown_settings(
        {
            "PERSPECTIVE_RENDR_PORT": "1",
            "PERSPECTIVE_ZZZZZZ": "1",
            "PERSPECTIVE_HOST": "x",
            "PERSPECTIVE_TEST_POSTGRES": "x",
            "PATH": "x",
        }
    )
    assert warnings == (
        "PERSPECTIVE_RENDR_PORT is not a setting and has no effect; did you mean PERSPECTIVE_RENDER_PORT?",
        "PERSPECTIVE_ZZZZZZ is not a setting and has no effect",
    )


def test_names_follow_one_rule() -> None:
    assert variable_name("render_port") == "PERSPECTIVE_RENDER_PORT"
