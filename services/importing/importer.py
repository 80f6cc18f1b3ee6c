"""The whole import: read the source, choose a place for each document, convert, link, and write.

Blocking; nothing is executed.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable
from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from services.importing.aliases import find_aliases
from services.importing.articles import article_text, site_text
from services.importing.beside import Beside, copy_cover, public_files
from services.importing.conversion import Converted, convert
from services.importing.errors import ImportRefused
from services.importing.findings import Findings, Outcome
from services.importing.foreign_site import Document, ForeignSite
from services.importing.kinds import find_kind
from services.importing.linking import Atlas, Resolver, convert_links
from services.importing.metadata.dates import parse_date
from services.importing.metadata.table import Metadata, read_metadata
from services.importing.naming import to_slug
from services.importing.reading.source_tree import Unreadable, scan
from services.importing.redirects import find_redirects, read_rules
from services.importing.report import REPORT_FILE, Result, report_file
from services.importing.settling import choose_places, made_up_date, settle_series, settle_spellings
from services.importing.work import Job, Work
from services.importing.writing import MANIFEST, Manifest, Output, Plan, plan, read_manifest, updated_manifest, write
from shared.content.slug import article_url, page_url, tag_url


def import_site(job: Job) -> Result:
    """Import ``job.source`` into ``job.target``. Raises ImportRefused, with nothing written."""
    _check_folders(job)
    findings = Findings()
    tree = scan(job.source, findings)
    kind, folder = find_kind(job.kind, tree)
    site = kind.read(tree, folder, findings)
    site.redirects |= read_rules(tree, (folder, *site.static_roots), findings)
    if not site.documents:
        raise ImportRefused(f"{job.source}: no {kind.name} documents were found; {kind.expects}")
    manifest = read_manifest(job.target)
    if manifest is None and not job.may_merge and job.target.exists() and any(job.target.iterdir()):
        raise ImportRefused(
            f"{job.target} holds files that no import wrote: name an empty folder, or add --merge to import beside them"
        )
    work = Work(job, tree, site, _zone(site, findings), findings, manifest or Manifest())
    converted = _convert_all(work)
    outputs = list(_outputs(work, converted))
    return _finish(work, converted, outputs)


def _check_folders(job: Job) -> None:
    source, target = os.path.realpath(job.source), os.path.realpath(job.target)
    if target == source or target.startswith(source + os.sep):
        raise ImportRefused(
            f"{job.target} is inside of the source, which an import never changes: name a folder outside of it"
        )
    if source.startswith(target + os.sep) and not job.may_merge:
        raise ImportRefused(f"the source {job.source} is inside of {job.target}: name another folder to write to")
    if job.target.exists() and not job.target.is_dir():
        raise ImportRefused(f"{job.target} is not a folder")


def _zone(site: ForeignSite, findings: Findings) -> tzinfo:
    if not site.time_zone or site.time_zone.upper() == "UTC":
        return UTC
    try:
        return ZoneInfo(site.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        findings.add(
            "dropped", "time zone", "configuration", 1, f"{site.time_zone} is not a known zone: times are read as UTC"
        )
        return UTC


def _convert_all(work: Work) -> list[Converted]:
    site = work.site
    for document in site.documents:
        work.metadata[document.path] = _metadata(work, document)
    settle_series(work)
    settle_spellings(work)
    choose_places(work)
    return [
        convert(document, work.metadata[document.path], site, lambda path: _read(work, path), work.findings)
        for document in site.documents
    ]


def _metadata(work: Work, document: Document) -> Metadata:
    """The metadata of a document, including what its path implies: a date, a language, a draft."""
    metadata = read_metadata(document.data, work.zone, work.site.authors, work.site.options.get("read_keys", ()))
    _report_front_matter(work.findings, document, metadata)
    metadata.draft = metadata.draft or document.is_draft
    metadata.language = metadata.language or document.language
    if metadata.language and metadata.language.lower() == (work.site.language or "en").lower():
        metadata.language = ""
    if document.series and not metadata.series:
        metadata.series, metadata.part = document.series
    if metadata.published is None and document.dated:
        metadata.published = parse_date(document.dated, work.zone)
    if metadata.published is None and not document.is_page and not metadata.draft:
        metadata.published = made_up_date(work, document, metadata)
    return metadata


def _report_front_matter(findings: Findings, document: Document, metadata: Metadata) -> None:
    """Report a fault of the front matter, and the keys that are not carried one to one."""
    foreign, path = document.foreign, document.path
    if foreign.problem:
        fault = f"{foreign.problem}: read line by line"
        findings.add("converted", "front matter with a fault", path, foreign.problem_line, fault)
    for outcome, construct, key, note in metadata.notes:
        known: Outcome = "dropped" if outcome == "dropped" else "converted"
        findings.add(known, construct, path, foreign.lines.get(key, 1), note)
    for key in metadata.extra:
        findings.add("converted", f"key {key}", path, foreign.lines.get(key, 1), "kept under extra")


def _read(work: Work, path: str) -> str | None:
    """The text of a file that a document includes; ``None`` if it is missing or not text."""
    if path not in work.texts:
        try:
            work.texts[path] = work.tree.text_of(path)[0] if path in work.tree else None
        except Unreadable:
            work.texts[path] = None
    return work.texts[path]


def _url(place: str) -> str:
    folder, _, slug = place.partition("/")
    return article_url(slug) if folder == "articles" else page_url(slug)


def _atlas(work: Work, converted: Iterable[Converted]) -> Atlas:
    atlas = Atlas(work.site, work.tree.sizes)
    for one in converted:
        atlas.add(one.document, _url(work.places[one.document.path]))
        atlas.ids[one.document.path] = one.outline.ids
        if one.metadata.draft:
            atlas.drafts.add(one.document.path)
        atlas.authors.update(one.metadata.authors)
        for tag in one.metadata.tags:
            atlas.tags.setdefault(to_slug(tag), tag_url(tag))
    return atlas


def _outputs(work: Work, converted: list[Converted]) -> Iterable[Output]:
    atlas = _atlas(work, converted)
    time_zone = work.zone.key if isinstance(work.zone, ZoneInfo) else ""
    urls = {path: _url(place) for path, place in work.places.items()}
    aliases, moved = find_aliases(work.site, converted, urls, work.findings)
    redirects = find_redirects(atlas, [old for olds in aliases.values() for old in olds], moved, work.findings)
    work.aliases += len(redirects)
    site = site_text(work.site, time_zone, _navigation(work, atlas), redirects)
    yield Output("site.toml", site.encode(), "configuration")
    kept = {path: place for one in converted for path, place in one.kept.items()}
    for path, place in sorted(kept.items()):
        yield Output(place, (_read(work, path) or "").encode(), path)
    used: set[str] = set()
    for one in converted:
        beside = Beside(work, one.document)
        assets = convert_links(one.draft, resolver := Resolver(atlas, one.document, beside.name))
        copy_cover(one, resolver, assets, work.findings)
        one.draft.restore()
        place = work.places[one.document.path]
        work.aliases += len(aliases.get(one.document.path, []))
        text = article_text(one, aliases.get(one.document.path, []), is_page=place.startswith("pages/"))
        if not assets:
            yield Output(f"{place}.md", text.encode(), one.document.path)
            continue
        yield Output(f"{place}/index.md", text.encode(), one.document.path)
        used.update(assets)
        for path in dict.fromkeys(assets):
            yield Output(f"{place}/{beside.names[path]}", beside.data[path], path)
            work.pictures += 1
    yield from public_files(work, used)


def _navigation(work: Work, atlas: Atlas) -> list[tuple[str, str]]:
    """The entries of the old navigation that exist here, as targets of this site."""
    entries: list[tuple[str, str]] = []
    root = Document("", work.site.documents[0].foreign, {}, ("",), ("/",))
    resolver = Resolver(atlas, root, lambda _: None)
    for label, target in work.site.navigation:
        found = resolver.resolve(target, is_picture=False)
        url = (
            target
            if found is None and target.startswith(("https://", "http://", "mailto:"))
            else found.target
            if found
            else ""
        )
        if (
            url.startswith(("/", "https://", "http://", "mailto:"))
            and (label, url) not in entries
            and not (found and found.problem and url.startswith("/"))
        ):
            entries.append((label, url))
        else:
            work.findings.add("dropped", "navigation entry", "configuration", 1, f"{label}: {target}")
    return entries


def _finish(work: Work, converted: list[Converted], outputs: list[Output]) -> Result:
    planned = plan(work.job.target, outputs, work.manifest)
    for output in planned.kept:
        work.findings.add("kept", "edited here", output.path, 1, f"made of {output.origin}")
    for output in planned.deleted:
        work.findings.add("kept", "removed here", output.path, 1, f"made of {output.origin}")
    outcome = {
        "new": len(planned.new),
        "changed": len(planned.changed),
        "unchanged": len(planned.same),
        "left alone": len(planned.kept) + len(planned.deleted),
    }
    pages = sum(work.places[one.document.path].startswith("pages/") for one in converted)
    result = Result(
        kind=work.site.kind,
        source=work.job.source.name or str(work.job.source),
        target=str(work.job.target),
        articles=len(converted) - pages,
        pages=pages,
        drafts=sum(one.metadata.draft for one in converted),
        pictures=work.pictures,
        aliases=work.aliases,
        outcome=outcome,
        findings=work.findings,
        next_step=f"perspective serve --content {shlex.quote(str(work.job.target))}",
        is_dry_run=work.job.is_dry_run,
    )
    if not work.job.is_dry_run:
        _write(work, planned, result)
    return result


def _write(work: Work, planned: Plan, result: Result) -> None:
    """Write the files of the plan, the report and the manifest, if anything changed."""
    report = Output(REPORT_FILE, report_file(result).encode(), "report")
    # The report is of the last run: an edit of it is overwritten.
    reported = plan(work.job.target, [report], Manifest())
    planned.changed += [*reported.new, *reported.kept]
    manifest = updated_manifest(work.manifest, planned, work.places, work.dates)
    manifest.digests.pop(REPORT_FILE, None)
    if planned.new or planned.changed or not (work.job.target / MANIFEST).exists():
        write(work.job.target, planned, manifest)
