"""``python -m tests.opensearch.campaign``: kill and pause each node in turn, and print what readers noticed of it.

The tests ask that nothing fails; how long answers take depends on the machine, so it is measured and not asserted.
"""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Awaitable, Callable

import click

from benchmarks.running.shutdown import orderly_shutdown
from services.search.cpu import InlineCpu
from services.search.engine_opensearch.cluster.connection import Cluster
from services.search.engine_opensearch.engine import SEARCH_S
from services.search.engine_opensearch.store import OpenSearchStore
from tests.opensearch import host
from tests.opensearch.host import NODES, Nodes
from tests.opensearch.searches import Searches, searched_during
from tests.search_service.articles import SITE, make_article

HEAD = ("fault", "searches", "failed", "p50 ms", "p99 ms", "longest ms")


def row(name: str, searches: Searches) -> tuple[str, ...]:
    """What readers noticed of a fault, as a row of HEAD."""
    took = sorted(searches.took_s)
    places = (took[len(took) // 2], took[int(len(took) * 0.99)], took[-1])
    return (name, str(len(took)), str(len(searches.failed)), *(f"{1000 * seconds:.0f}" for seconds in places))


def faults(nodes: Nodes, seconds: float) -> dict[str, Callable[[], Awaitable[None]]]:
    """Each fault by its name: none, and each node hanging and killed. A killed node is started again afterwards."""

    def run(command: str, number: int, after: str) -> Callable[[], Awaitable[None]]:
        async def fault() -> None:
            await asyncio.to_thread(nodes.run, command, str(number))
            await asyncio.sleep(seconds)
            await asyncio.to_thread(nodes.run, after, str(number))

        return fault

    found: dict[str, Callable[[], Awaitable[None]]] = {"none": lambda: asyncio.sleep(seconds)}
    for number in range(1, NODES + 1):
        found[f"node {number} hangs"] = run("pause", number, "resume")
        found[f"node {number} is killed"] = run("kill", number, "node")
    return found


async def measure(nodes: Nodes, seconds: float, rate: float) -> None:
    """Print a row for each fault."""
    cluster = Cluster(nodes.urls, index=f"campaign{secrets.token_hex(4)}")
    more = [make_article(f"n{number:03}", text=f"Message {number} of the relay outbox.") for number in range(300)]
    await asyncio.to_thread(OpenSearchStore(cluster, None, InlineCpu()).sync, [*SITE, *more])
    click.echo("".join(f"{cell:>18}" for cell in HEAD))
    for name, fault in faults(nodes, seconds).items():
        await asyncio.to_thread(nodes.wait_until_green)
        manager = await asyncio.to_thread(nodes.cluster_manager)
        store = OpenSearchStore(cluster, None, InlineCpu())
        searches = await searched_during(store, fault, rate)
        await store.close()
        mark = " (manager)" if f"node {manager} " in name else ""
        click.echo("".join(f"{cell:>18}" for cell in row(name.replace("node ", "") + mark, searches)))
        for error in searches.failed[:3]:
            click.echo(f"    {error}")


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--seconds", default=20.0, show_default=True, help="How long each fault lasts.")
@click.option("--rate", default=20.0, show_default=True, help="Searches a second.")
def main(*, seconds: float, rate: float) -> None:
    """Start three nodes, and kill and pause each of them while readers search."""
    if reason := host.missing(os.environ):
        raise click.ClickException(reason)
    with orderly_shutdown():
        nodes = host.start()
        click.echo(f"deadline of a search: {SEARCH_S:g} s; {rate:g} searches a second, {seconds:g} s a fault")
        try:
            asyncio.run(measure(nodes, seconds, rate))
        finally:
            nodes.run("stop", "--wipe")


if __name__ == "__main__":
    main()
