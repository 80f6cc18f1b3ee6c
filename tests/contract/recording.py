"""What search answers to everything that render asks, kept for the releases that come after."""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import click
import orjson
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from services.search.app import create_app
from services.search.embedded import EmbeddedStore
from services.search.engine_whoosh.store.store import WhooshIndexStore
from services.search.indexing.feed import StaticFeed
from shared.search.contract import DEADLINE_HEADER
from shared.version import VERSION
from shared.web.settings import Settings
from tests.search_service.articles import SITE
from tools.release import is_dated

RECORDED = Path(__file__).parent / "recorded"
CHANGELOG = Path(__file__).resolve().parents[2] / "CHANGELOG.md"
#: Every kind of request that render sends, and of answer that it may get.
TARGETS = (
    "/v1/search?q=relay",
    "/v1/search?q=request&page=1&size=10",
    "/v1/search?q=outbx",
    "/v1/search?q=one+transaction+nothing",
    "/v1/search?q=%22one+transaction%22+-kafka",
    "/v1/search?q=title%3Aoutbox+tags%3Amessaging",
    "/v1/search?q=",
    "/v1/search?q=qwertyuiop",
    "/v1/search?q=certi&partial=1&size=5",
    "/v1/search?q=relay&exact=1&explain=1",
    "/v1/search?q=the&sort=newest&tag=messaging&tag=performance",
    "/v1/search?q=&year=2026&author=ada-writer",
    "/v1/search?q=&series=reliability&reviewed=2026",
    "/v1/search?q=relay&size=0",
    "/v1/search?q=relay&sort=best",
    "/v1/suggest?q=tra&size=8",
    "/v1/suggest?q=mess",
    "/v1/suggest?q=",
    "/v1/related/tail-latency?size=3",
    "/v1/related/unknown-article",
    "/v1/status",
)
HEADERS = {DEADLINE_HEADER: "30000"}
#: The headers of an answer that render looks at, or passes on.
KEPT = ("Content-Type", "Cache-Control", "ETag", "Retry-After")


@dataclass(frozen=True, slots=True)
class Recorded:
    """One answer. ``body`` is its JSON value."""

    target: str
    status: int
    headers: dict[str, str]
    body: object


def answers() -> tuple[Recorded, ...]:
    """What this version answers to TARGETS, over the small site with the embedded engine."""
    with tempfile.TemporaryDirectory() as folder:
        store = WhooshIndexStore(Path(folder) / "index")
        store.sync(SITE)
        store.close()
        settings = Settings(content_dir=Path(folder), index_dir=Path(folder) / "index", search_port=0)
        return asyncio.run(_ask_all(create_app(settings, store=partial(EmbeddedStore, store), feed=StaticFeed())))


async def _ask_all(app: web.Application) -> tuple[Recorded, ...]:
    async with TestClient(TestServer(app)) as client:
        return tuple([await _ask(client, target) for target in TARGETS])


async def _ask(client: TestClient[web.Request, web.Application], target: str) -> Recorded:
    async with client.get(target, headers=HEADERS) as response:
        kept = {name: response.headers[name] for name in KEPT if name in response.headers}
        return Recorded(target, response.status, kept, orjson.loads(await response.read()))


def load(version: str, folder: Path = RECORDED) -> tuple[Recorded, ...]:
    """What ``version`` answered, from its record in ``folder``."""
    return tuple(Recorded(**one) for one in orjson.loads((folder / f"{version}.json").read_bytes()))


def versions() -> tuple[str, ...]:
    """The versions that were recorded, oldest first."""
    return tuple(sorted((path.stem for path in RECORDED.glob("*.json")), key=lambda name: [*map(int, name.split("."))]))


def record(folder: Path, version: str, changelog: str, *, is_overwriting: bool = False) -> Path:
    """Write what this version answers to ``folder``, as the record of ``version``. Returns the file.

    Raises AlreadyReleased, with nothing written, where ``changelog`` gives the version a date and ``folder`` has its
    record: nothing else keeps what a release answered. ``is_overwriting`` replaces it all the same.
    """
    path = folder / f"{version}.json"
    if path.exists() and is_dated(version, changelog) and not is_overwriting:
        raise AlreadyReleased(
            f"{version} is released, and {path} is all that keeps its answers: --overwrite replaces it"
        )
    folder.mkdir(exist_ok=True)
    found = [asdict(one) for one in answers()]
    path.write_bytes(orjson.dumps(found, option=orjson.OPT_INDENT_2) + b"\n")
    return path


class AlreadyReleased(Exception):
    """The record is that of a release."""


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--overwrite", is_flag=True, help="Replace the record of a version that was released.")
def main(*, overwrite: bool) -> None:
    """Record what search answers in this version, for the tests of the releases that come after."""
    try:
        path = record(RECORDED, VERSION, CHANGELOG.read_text("utf-8"), is_overwriting=overwrite)
    except AlreadyReleased as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{len(load(VERSION))} answers of {VERSION} are in {path}")


if __name__ == "__main__":
    main()
