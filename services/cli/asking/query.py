"""``perspective query``: search the index from the terminal."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import click
import orjson
from click.decorators import FC
from multidict import MultiDict
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.text import Text
from rich.tree import Tree

from services.cli.options import content_option, engine_option, index_option, settings_from, start_logging
from services.cli.output import echo
from services.search.answering.written import search_as_written
from services.search.engine import IndexStore, IndexUnavailable
from services.search.opening import open_store
from shared.search.attributes import ATTRIBUTES, SORTS, Attribute, Filters
from shared.search.contract import (
    DEFAULT_SIZE,
    MAX_SIZE,
    Explanation,
    Hit,
    Marked,
    ReadingKind,
    SearchQuery,
    SearchResults,
)
from shared.search.encoding import dump_results
from shared.search.parameters import BadParameter, clean_text, parse_filters
from shared.text.visible import visible


def _option(attribute: Attribute) -> str:
    """The name of the argument with the values of ``attribute``."""
    return f"filter_{attribute.name}"


def _attribute_options(command: FC) -> FC:
    """An option for each attribute that filters hits."""
    for one in reversed(ATTRIBUTES):
        metavar = one.parameter.upper() if one.kind == "keyword" else "YEAR" if one.kind == "date" else "N"
        about = one.about[0].lower() + one.about[1:] + (" (repeat for several)." if one.is_many else ".")
        command = click.option(
            f"--{one.parameter}", _option(one), multiple=True, metavar=metavar, help=f"Filter by {about}"
        )(command)
    return command


@click.command("query")
@click.argument("words", metavar="TEXT", nargs=-1, required=True)
@click.option("--explain", is_flag=True, help="Explain each score.")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as the service sends it.")
@click.option(
    "--limit",
    type=click.IntRange(1, MAX_SIZE),
    default=DEFAULT_SIZE,
    show_default=True,
    help="Maximum number of results.",
)
@click.option("--sort", type=click.Choice(SORTS), default=SORTS[0], show_default=True, help="Order of results.")
@_attribute_options
@click.option("--exact", is_flag=True, help="Do not correct typos.")
@content_option
@index_option
@engine_option
def command(
    words: tuple[str, ...],
    *,
    explain: bool,
    as_json: bool,
    limit: int,
    sort: str,
    exact: bool,
    **options: Any,
) -> None:
    """Search for TEXT in the index, as a reader would. Write -- before a TEXT that begins with a hyphen."""
    filters = _filters(options)
    settings = settings_from(options)
    start_logging(settings, "query")
    text = clean_text(" ".join(words), keep_end=False)
    query = SearchQuery(text, filters, sort=sort, size=limit, exact=exact, explain=explain)
    try:
        results = asyncio.run(_search(open_store(settings), query))
    except IndexUnavailable as error:
        raise click.ClickException(f"{error}; build it with: perspective index") from error
    if as_json:
        echo(orjson.dumps(orjson.loads(dump_results(results)), option=orjson.OPT_INDENT_2).decode())
    else:
        show(results, Console(highlight=False))


def _filters(options: dict[str, Any]) -> Filters:
    """The filters in ``options``, which are removed from it."""
    given = MultiDict((one.parameter, value) for one in ATTRIBUTES for value in options.pop(_option(one)))
    try:
        return parse_filters(given)
    except BadParameter as error:
        raise click.UsageError(str(error)) from error


async def _search(store: IndexStore, query: SearchQuery) -> SearchResults:
    """Search the newest generation in ``store``. Raises IndexUnavailable."""
    try:
        engine = await store.open()
        try:
            return await search_as_written(engine, query)
        finally:
            engine.close()
    finally:
        await store.close()


#: The name of each kind of operator.
_READINGS: Mapping[ReadingKind, str] = {
    "phrase": "an exact phrase",
    "exclusion": "an exclusion",
    "field": "one field",
    "filter": "a filter",
    "either": "either of two",
    "beginning": "the beginning of a word",
}


def show(results: SearchResults, console: Console) -> None:
    """Write ``results`` for a person: matches in bold, explanations as trees."""
    _show_notes(results, console)
    some = f" ({results.with_all} with all words)" if results.matched == "some" and results.total else ""
    if results.building:
        held = f"{results.building.indexed:,} of {results.building.total:,} articles"
        console.print(f"The index is being built: it holds {held} so far", style="dim")
    console.print(f"{results.total} found{some} in {results.took_ms:.1f} ms", style="dim")
    for number, hit in enumerate(results.hits, 1):
        console.print()
        _show_hit(f"{number:2}. ", hit, console)
    if results.near:
        console.print("\nArticles that share some of its words", style="dim")
    for hit in results.near:
        console.print()
        _show_hit("    ", hit, console)
    if results.by_meaning:
        console.print("\nRelated by meaning", style="dim")
    for hit in results.by_meaning:
        console.print()
        _show_hit("  ~ ", hit, console)


def _show_notes(results: SearchResults, console: Console) -> None:
    """Write how the query was understood."""
    if results.correction is not None:
        original, text = _plain(results.correction.original), _plain(results.correction.text)
        console.print(f"No results for “{original}”: showing results for “{text}” (--exact searches as typed)")
    for reading in results.readings:
        console.print(
            f"Read as {_READINGS[reading.kind]}: {_plain(reading.typed)} (as text: {_plain(reading.instead)})"
        )
    if results.missing:
        console.print(f"No article contains {_plain(', '.join(results.missing))}")
    if results.offers:
        console.print(f"Did you mean: {_plain(' · '.join(results.offers))}")


def _show_hit(lead: str, hit: Hit, console: Console) -> None:
    console.print(Text.assemble((lead, "dim"), _bold(hit.title), (f"  {hit.score:.2f}  {hit.url}", "dim")))
    for section in hit.sections:
        if section.heading:
            console.print(_indented(Text.assemble("§ ", visible(section.heading), (f"  {section.url}", "dim")), 4))
        console.print(_indented(_bold(section.snippet), 6))
    if hit.explanation is not None:
        console.print(_tree(hit.explanation))


def _indented(text: Text, by: int) -> Padding:
    """``text`` with every line of it ``by`` columns from the left, also those that the terminal's width makes."""
    return Padding(text, (0, 0, 0, by), expand=False)


def _bold(marked: Marked) -> Text:
    return Text.assemble(*((visible(text), "bold" if is_match else "") for text, is_match in marked))


def _plain(text: str) -> str:
    """``text`` as words: no markup of Rich, and nothing that steers the terminal."""
    return escape(visible(text))


def _tree(explanation: Explanation, tree: Tree | None = None) -> Tree:
    label = f"{explanation.value:.4g}  {_plain(explanation.label)}"
    branch = Tree(label, guide_style="dim") if tree is None else tree.add(label)
    for part in explanation.parts:
        _tree(part, branch)
    return branch
