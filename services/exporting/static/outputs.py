"""The site → what is written: a name, a type, and how to make the bytes. Pure until they are made."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

import brotli

from services.exporting.folder import ExportRefused
from services.exporting.static.names import INDEX, Taken, clashes, file_name, problem_of
from services.exporting.static.redirects import Redirect, redirects_of, stub_page
from services.exporting.static.rules import rule_files
from services.render.errors import generic_page
from services.render.pages.machine_files import security_txt
from services.render.pages.templates import Pages
from services.render.sending.prepared import MIN_COMPRESSED_BYTES, is_compressible
from services.render.site.recipes import Recipe
from services.render.site.site import HTML, Site

#: Compression for a server that sends files as they are.
_GZIP_LEVEL, _BROTLI_QUALITY = 9, 9
#: Clashes that a refusal names.
_NAMED = 5


@dataclass(frozen=True, slots=True)
class Output:
    """One file of the export. ``make`` gives its bytes: the same whenever it is called. Blocking."""

    name: str
    content_type: str
    make: Callable[[], bytes]


def outputs_of(
    site: Site, pages: Pages, related: Mapping[str, tuple[str, ...]], now: datetime
) -> tuple[list[Output], list[Redirect]]:
    """Every file of ``site`` but the rules of hosts, and its redirects.

    ``related`` has the slugs of the related articles of each article. Raises ExportRefused for names that clash.
    """
    outputs = [
        Output(file_name(path), recipe.content_type, partial(_rendered, recipe, related))
        for path, recipe in site.recipes.items()
    ]
    for path, prepared in site.scope.files.answers.items():
        variant = prepared.variants["identity"]
        outputs.append(Output(file_name(path), variant.headers["Content-Type"], partial(_same, variant.body)))
    outputs.append(Output("404.html", HTML, partial(generic_page, site.scope, pages, 404)))
    contact = security_txt(site.scope, now)
    if contact is not None:
        outputs.append(Output(".well-known/security.txt", "text/plain; charset=utf-8", partial(_same, contact)))
    check_names([one.name for one in outputs])
    redirects = list(redirects_of(site, Taken(one.name for one in outputs)))
    by_name = {one.name: one for one in outputs}
    for one in redirects:
        if one.copied:
            outputs.append(replace(by_name[file_name(one.copied)], name=one.stub))
        elif one.stub:
            outputs.append(Output(one.stub, HTML, partial(stub_page, site, one)))
    return outputs, redirects


def rule_outputs(site: Site, redirects: Sequence[Redirect], *, is_compressed: bool) -> list[Output]:
    """The rule files of hosts."""
    scope = site.scope
    is_https = scope.base_url.startswith("https:")
    files = rule_files(redirects, mount=scope.mount, is_https=is_https, is_compressed=is_compressed)
    return file_outputs(files)


def file_outputs(files: Mapping[str, bytes]) -> list[Output]:
    """Files that no browser opens as a page, and that are never compressed (again)."""
    return [Output(name, "application/octet-stream", partial(_same, body)) for name, body in files.items()]


def check_names(names: Sequence[str]) -> None:
    """Raise ExportRefused for names that no folder, or not every file system, can hold together."""
    wrong = [f"{name} {problem}" for name in names if (problem := problem_of(name))]
    wrong += [f"{name} and {other} differ only in case" for name, other in clashes(names).items()]
    if wrong:
        more = f" (and {len(wrong) - _NAMED} more)" if len(wrong) > _NAMED else ""
        raise ExportRefused(
            f"these files cannot lie in one folder of every system: {'; '.join(wrong[:_NAMED])}{more}: rename them"
        )


def compressed(output: Output, body: bytes) -> Iterator[tuple[str, bytes]]:
    """The compressed forms of a file that are smaller than it, by name."""
    if not is_compressible(output.content_type) or len(body) < MIN_COMPRESSED_BYTES:
        return
    for suffix, packed in (
        (".gz", gzip.compress(body, _GZIP_LEVEL, mtime=0)),
        (".br", brotli.compress(body, quality=_BROTLI_QUALITY)),
    ):
        if len(packed) < len(body):
            yield output.name + suffix, packed


def page_count(outputs: Sequence[Output]) -> int:
    """How many of ``outputs`` are pages that a reader opens."""
    return sum(one.content_type == HTML and one.name.endswith(INDEX) for one in outputs)


def _rendered(recipe: Recipe[object], related: Mapping[str, tuple[str, ...]]) -> bytes:
    context = recipe.gather(related.get(recipe.article, ())) if recipe.article else recipe.gather()
    return recipe.render(context)


def _same(body: bytes) -> bytes:
    return body
