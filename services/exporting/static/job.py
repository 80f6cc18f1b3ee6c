"""``perspective export DIR``: a content folder becomes a folder of files that any host can serve. Blocking."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from services.exporting.compact import compact_files
from services.exporting.folder import ExportRefused
from services.exporting.static.outputs import Output, compressed, file_outputs, outputs_of, page_count, rule_outputs
from services.exporting.static.related import related_articles
from services.exporting.static.writing import Changes, check_target, publish, stage_beside, write_file
from services.render.app import STATIC_DIR
from services.render.pages.templates import load_pages
from services.render.sending.static_files import load_static_files
from services.render.site.scope import build_scope
from services.render.site.site import build_site
from services.render.theming.cache import ThemeCache
from services.search.engine import SearchError
from shared.content.folder.loader import load_now
from shared.content.library import Library
from shared.content.problem import Problem, StaleBody
from shared.process.pool import processors
from shared.web.settings import Settings

#: Reports the progress of one step: (done, total).
Progress = Callable[[int, int], None]
#: Opens the report of a step by its name; the value is None if nobody watches.
Steps = Callable[[str], AbstractContextManager[Progress | None]]


def _silent(_step: str) -> AbstractContextManager[Progress | None]:
    return nullcontext()


@dataclass(frozen=True, slots=True)
class StaticExport:
    """One export: where to, and how. ``now`` decides what is published, and is when it is made; None is the clock."""

    target: Path
    settings: Settings
    is_compressed: bool = False
    now: datetime | None = None
    steps: Steps = field(default=_silent)


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What an export wrote.

    ``unled`` are old addresses that only a rule of the server can lead on; ``problems`` are the sources left out.
    """

    base_url: str
    pages: int
    files: int
    changes: Changes
    unled: tuple[str, ...]
    problems: tuple[Problem, ...]


def export_site(export: StaticExport) -> ExportReport:
    """Write the site. The target changes only when everything has been made.

    Raises ExportRefused, and InvalidContent if there is nothing to show (or any problem, if settings are strict).
    """
    settings = export.settings
    content_dir = Path(settings.content_dir)
    check_target(export.target, content_dir)
    loaded = load_now(content_dir, drafts=False)
    library = loaded.require(is_strict=settings.strict)
    now = export.now or datetime.now(UTC)
    try:
        with stage_beside(export.target) as stage:
            pages, files, changes, unled, problems = _write(export, library, now, stage)
    except StaleBody as error:
        raise ExportRefused(f"the content changed while it was exported: run it again ({error})") from error
    except SearchError as error:
        raise ExportRefused(f"the index for related articles could not be built: {error}") from error
    except OSError as error:
        raise ExportRefused(f"writing failed: {error}") from error
    base_url = settings.base_url or library.site.base_url
    return ExportReport(base_url, pages, files, changes, unled, (*loaded.problems, *problems))


def _write(
    export: StaticExport, library: Library, now: datetime, stage: Path
) -> tuple[int, int, Changes, tuple[str, ...], tuple[Problem, ...]]:
    settings = export.settings
    templates = load_pages()
    themes = ThemeCache(Path(settings.content_dir), load_static_files(STATIC_DIR, now), templates, lambda: now)
    theme = themes.theme(library.site)
    scope = build_scope(library, now, theme, settings, is_static=True)
    site = build_site(scope, templates)
    with export.steps("indexing") as progress:
        related = related_articles(settings, scope.view.articles, stage, progress)
        search = compact_files(scope, templates, Path(settings.content_dir))
    made = stage / "site"
    outputs, redirects = outputs_of(site, templates, related, now)
    outputs += file_outputs(search)
    rules = rule_outputs(site, redirects, is_compressed=export.is_compressed)
    digests: dict[str, str] = {}
    with export.steps("writing") as progress:
        everything = [*outputs, *rules]
        for number, written in enumerate(_made(everything, made, is_compressed=export.is_compressed), 1):
            digests.update(written)
            if progress:
                progress(number, len(everything))
    changes = publish(made, export.target, digests)
    unled = tuple(one.old for one in redirects if not one.stub)
    return page_count(outputs), len(digests), changes, unled, theme.problems


def _made(outputs: Sequence[Output], stage: Path, *, is_compressed: bool) -> Iterator[dict[str, str]]:
    """Make and write ``outputs``, several at a time: drawing and compressing release the interpreter."""

    def make(output: Output) -> dict[str, str]:
        body = output.make()
        files = [(output.name, body), *(compressed(output, body) if is_compressed else ())]
        return {name: write_file(stage, name, packed) for name, packed in files}

    with ThreadPoolExecutor(max(2, processors()), thread_name_prefix="export") as pool:
        waiting = [pool.submit(make, output) for output in outputs]
        try:
            for one in waiting:
                yield one.result()
        finally:
            for one in waiting:
                one.cancel()
