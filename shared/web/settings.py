"""The settings of both services: every PERSPECTIVE_* environment variable, its default and its valid values.

It reads a mapping that is passed in, never the process's environment itself, and no file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic.fields import FieldInfo
from yarl import URL

from shared.search.contract import MAX_QUERY_CHARS
from shared.text.nearest import nearest
from shared.text.origins import is_origin
from shared.web import WebError
from shared.web.rate_limit import parse_trusted_proxies

PREFIX = "PERSPECTIVE_"
#: Variables with the prefix that are read elsewhere: by the test suite, and by compose.yaml.
FOREIGN_NAMES = frozenset(
    {
        "PERSPECTIVE_TEST_OPENSEARCH",
        "PERSPECTIVE_TEST_POSTGRES",
        "PERSPECTIVE_REQUIRE_BROWSER",
        "PERSPECTIVE_REQUIRE_CONTAINERS",
        "PERSPECTIVE_REQUIRE_OPENSEARCH",
        "PERSPECTIVE_PUBLISH",
        "PERSPECTIVE_BUILD_SEMANTIC",
        "PERSPECTIVE_BUILD_TELEMETRY",
        "PERSPECTIVE_RENDER_MEMORY",
        "PERSPECTIVE_SEARCH_MEMORY",
    }
)

LogLevel = Literal["debug", "info", "warning", "error"]
LogFormat = Literal["auto", "console", "json"]
Watch = Literal["auto", "events", "poll", "off"]
Semantic = Literal["auto", "on", "off"]
EngineName = Literal["whoosh", "opensearch"]


#: An account in an address: messages do not repeat it.
_ACCOUNT = re.compile(r"//[^/,\s]*@")


class SettingsError(WebError):
    """The message lists all invalid settings."""


def _origin(value: str) -> str:
    """An absolute http(s) address without account, query and fragment, and without the slash at its end."""
    if not is_origin(value):
        raise ValueError(value)
    return str(URL(value)).rstrip("/")


def _origins(value: str) -> str:
    """A list of ``_origin``, separated by commas."""
    return ",".join(_origin(one.strip()) for one in value.split(","))


Port = Annotated[int, Field(ge=0, le=65_535)]
Origin = Annotated[str, AfterValidator(_origin)]
Origins = Annotated[str, AfterValidator(_origins)]
#: The prefix of index names, as OpenSearch allows it.
IndexName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_]{0,62}$")]


def _proxies(value: str) -> str:
    parse_trusted_proxies(value)
    return value


def _peers(value: str) -> str:
    names = [name.strip() for name in value.split(",")]
    if not all(URL(name).scheme == "spiffe" and URL(name).host for name in names):
        raise ValueError(value)
    return ",".join(names)


PeerList = Annotated[str, AfterValidator(_peers)]
ProxyList = Annotated[str, AfterValidator(_proxies)]


def _setting(default: Any, about: str, takes: str) -> Any:
    """A field with the two sentences for error messages and for the documentation."""
    return Field(default=default, description=about, json_schema_extra={"takes": takes})


def _one_of(choices: object) -> str:
    return "one of " + ", ".join(get_args(choices))


class Settings(BaseModel):
    """The settings of an installation. Frozen; built by ``load_settings``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    content_dir: Path = _setting(Path("content"), "The folder of articles", "the path of a directory")
    cache_dir: Path = _setting(
        Path(".perspective/cache"), "Where what a restart needs of a large site is kept", "the path of a directory"
    )
    index_dir: Path = _setting(Path(".perspective/index"), "Where search keeps its index", "the path of a directory")
    search_engine: EngineName = _setting(
        "whoosh", "The engine of search: embedded, or a cluster of OpenSearch", _one_of(EngineName)
    )
    opensearch_urls: Origins = _setting(
        "http://127.0.0.1:9200",
        "The addresses of the nodes of OpenSearch, with commas between",
        "http or https addresses with commas between, without an account (PERSPECTIVE_OPENSEARCH_USER)",
    )
    opensearch_index: IndexName = _setting(
        "perspective",
        "What the names of the indices in the cluster begin with: another one for each site",
        "lower-case letters, digits and underscores",
    )
    opensearch_user: str = _setting("", "The account in the cluster", "a name")
    opensearch_password_file: Path | None = _setting(
        None, "The file that holds the account's password", "the path of a file"
    )
    opensearch_token_file: Path | None = _setting(
        None, "The file that holds a bearer token, in place of an account", "the path of a file"
    )
    opensearch_ca_file: Path | None = _setting(
        None, "The certificate authority of the cluster, in place of the system's", "the path of a PEM file"
    )
    host: str = _setting("127.0.0.1", "The address both services listen on", "a host name or an IP address")
    render_port: Port = _setting(8080, "The port of the site", "a port: a whole number from 0 to 65535")
    search_port: Port = _setting(8081, "The port of the search service", "a port: a whole number from 0 to 65535")
    render_management_port: Port | None = _setting(
        None,
        "The port of /readyz and /metrics of the site (by default the site's own, where everybody reaches them)",
        "a port: a whole number from 0 to 65535",
    )
    search_management_port: Port | None = _setting(
        None,
        "The port of /readyz and /metrics of the search service (by default its own)",
        "a port: a whole number from 0 to 65535",
    )
    management_host: str = _setting("127.0.0.1", "The address of both management ports", "a host name or an IP address")
    search_url: Origin | None = _setting(
        None,
        "Where render finds search (by default on this machine at the search port)",
        "an http or https address without an account",
    )
    tls_dir: Path | None = _setting(
        None,
        "A directory with tls.crt, tls.key and ca.crt: render and search then talk over mutual TLS",
        "the path of a directory",
    )
    tls_peers: PeerList | None = _setting(
        None,
        "The SPIFFE IDs of the services that this one talks to, with commas between (by default "
        "spiffe://perspective.internal/search for render, and spiffe://perspective.internal/render for search)",
        "SPIFFE IDs such as spiffe://example.org/search with commas between",
    )
    base_url: Origin | None = _setting(
        None,
        "The public address of the site, for feeds and links (by default that of site.toml)",
        "an http or https address without an account",
    )
    drafts: bool = _setting(default=False, about="Whether drafts are shown and searched", takes="true or false")
    strict: bool = _setting(
        default=False,
        about="Whether a service refuses to start while any article has an error, in its body too",
        takes="true or false",
    )
    live_reload: bool = _setting(
        default=False, about="Whether pages reload when content changes", takes="true or false"
    )
    watch: Watch = _setting(
        "auto", "How content changes are noticed: by events, by polling (mounts without events), or not", _one_of(Watch)
    )
    max_query_chars: Annotated[int, Field(ge=1, le=100_000)] = _setting(
        MAX_QUERY_CHARS, "How many characters of a query are searched", "a whole number from 1 to 100000"
    )
    search_workers: Annotated[int, Field(ge=1, le=64)] = _setting(
        1, "Processes that answer searches on one port", "a whole number from 1 to 64"
    )
    semantic: Semantic = _setting(
        "auto",
        "Whether questions are also ranked by meaning (auto: if there is a model and at most 50,000 passages)",
        _one_of(Semantic),
    )
    semantic_model: Path = _setting(
        Path(".perspective/model"), "The folder of the model that reads them", "the path of a directory"
    )
    search_cache_bytes: Annotated[int, Field(ge=0, le=1 << 40)] = _setting(
        16 << 20, "Memory for answers that are kept, in bytes (0: none is kept)", "a whole number of bytes, 0 or more"
    )
    searches_per_second: Annotated[float, Field(ge=0, le=100_000)] = _setting(
        10.0,
        "Searches and completions that one client may ask for per second, with a burst of six seconds (0: no limit)",
        "a number from 0 to 100000",
    )
    trusted_proxies: ProxyList = _setting(
        "private",
        "Proxies whose X-Forwarded-For names the client: networks, with commas between (private: all private ones)",
        "networks such as 203.0.113.0/24 with commas between, or private",
    )
    insight_token_file: Path | None = _setting(
        None,
        "The file that holds the operator's token: queries are counted in memory, and /_insight shows them",
        "the path of a file",
    )
    insight_file: Path | None = _setting(
        None,
        "The SQLite file in which the counts are kept as well (by default they end with the process)",
        "the path of a file",
    )
    insight_days: Annotated[int, Field(ge=1, le=400)] = _setting(
        90, "How long counts of queries are kept, in days", "a whole number from 1 to 400"
    )
    insight_min_visitors: Annotated[int, Field(ge=1, le=1_000)] = _setting(
        3, "The fewest visitors who typed a query on one day before it is shown", "a whole number from 1 to 1000"
    )
    shutdown_timeout_s: Annotated[float, Field(gt=0, le=600)] = _setting(
        10.0, "How long requests under way may take when a service stops, in seconds", "a number above 0, at most 600"
    )
    access_log: bool = _setting(default=True, about="Whether each request is logged", takes="true or false")
    log_level: LogLevel = _setting("info", "The least severe events that are logged", _one_of(LogLevel))
    log_format: LogFormat = _setting(
        "auto", "How events are written (auto: console on a terminal, else json)", _one_of(LogFormat)
    )

    @property
    def is_https(self) -> bool:
        """Whether the public address is https, according to the settings."""
        return (self.base_url or "").startswith("https:")

    @property
    def force_polling(self) -> bool | None:
        """Whether the content is polled; None lets the watching library choose."""
        return {"auto": None, "events": False, "poll": True, "off": None}[self.watch]

    @property
    def counts_queries(self) -> bool:
        """Whether queries are counted: only if somebody can see the counts."""
        return self.insight_token_file is not None or self.insight_file is not None

    @property
    def search_origin(self) -> str:
        """The address of search for render, without a slash at its end. Uses https with ``tls_dir``."""
        origin = self.search_url or local_address(self.host, self.search_port)
        return str(URL(origin).with_scheme("https")) if self.tls_dir else origin

    def to_environ(self) -> dict[str, str]:
        """The environment variables that give these settings to a child process; ``load_settings`` reads them back."""
        values = self.model_dump(mode="json", exclude_none=True)
        return {variable_name(name): str(value) for name, value in values.items()}


def local_address(host: str, port: int) -> str:
    """Return the local address of a service that listens on ``host``: loopback if it listens on every address."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def variable_name(field: str) -> str:
    """The environment variable of a field of Settings."""
    return PREFIX + field.upper()


#: Yields one line for each setting whose value names nothing that can be used.
Check = Callable[[Settings], Iterable[str]]


def check_nothing(_settings: Settings) -> Iterable[str]:
    """A Check that finds nothing wrong."""
    return ()


def load_settings(environ: Mapping[str, str], check: Check = check_nothing) -> Settings:
    """Load the settings from ``environ``. An empty value counts as not set, as in compose files.

    Raises SettingsError with one message that names every wrong variable, its value and what it takes, and has the
    lines of ``check``, which gets the defaults in place of wrong values.
    """
    values = {
        field: environ[variable_name(field)].strip()
        for field in Settings.model_fields
        if environ.get(variable_name(field), "").strip()
    }
    # These choices ignore case, because shells and YAML use both.
    for field in ("log_level", "log_format", "watch", "semantic", "search_engine"):
        if field in values:
            values[field] = values[field].lower()
    lines: list[str] = []
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        for field in dict.fromkeys(str(problem["loc"][0]) for problem in error.errors()):
            value = _ACCOUNT.sub("//…@", values.pop(field))
            lines.append(f'{variable_name(field)}="{value}": takes {takes(Settings.model_fields[field])}')
        settings = Settings.model_validate(values)
    lines += [*_not_of_the_author(settings), *check(settings)]
    if lines:
        raise SettingsError(_describe(lines))
    return settings


def _not_of_the_author(settings: Settings) -> Iterator[str]:
    """A line for each folder of derived files that is the folder of articles: they are replaced and removed there."""
    for field in ("index_dir", "cache_dir"):
        if getattr(settings, field).absolute() == settings.content_dir.absolute():
            name, of_content = variable_name(field), variable_name("content_dir")
            yield f'{name}="{getattr(settings, field)}": takes another folder than {of_content}'


def _describe(lines: Sequence[str]) -> str:
    if len(lines) == 1:
        return f"wrong setting: {lines[0]}"
    return "\n  ".join([f"{len(lines)} settings are wrong:", *lines])


def takes(field: FieldInfo) -> str:
    """Describe the valid values of a setting."""
    extra = field.json_schema_extra
    return str(extra["takes"]) if isinstance(extra, dict) else ""


def unknown_settings(environ: Mapping[str, str]) -> tuple[str, ...]:
    """A warning for each PERSPECTIVE_* variable that nothing reads, with the most similar known name, sorted."""
    known = [variable_name(field) for field in Settings.model_fields]
    unknown = sorted(name for name in environ if name.startswith(PREFIX) and name not in FOREIGN_NAMES.union(known))
    return tuple(_unknown(name, known) for name in unknown)


def _unknown(name: str, known: Iterable[str]) -> str:
    guess = nearest(name.removeprefix(PREFIX), (one.removeprefix(PREFIX) for one in known))
    hint = f"; did you mean {PREFIX}{guess}?" if guess else ""
    return f"{name} is not a setting and has no effect{hint}"
