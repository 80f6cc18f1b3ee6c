"""The text of the files to write: articles with their front matter, and ``site.toml``. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import yaml

from services.importing.conversion import Converted
from services.importing.foreign_site import ForeignSite
from services.importing.metadata.dates import written_date


def article_text(converted: Converted, aliases: Sequence[str], *, is_page: bool) -> str:
    """One article: YAML front matter, and its body."""
    data = _front_matter(converted, aliases, is_page=is_page)
    block = yaml.dump(
        data, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=1_000_000, default_flow_style=False
    )
    body = converted.draft.text.strip("\n")
    return f"---\n{block}---\n\n{body}\n" if body.strip() else f"---\n{block}---\n"


class _Dumper(yaml.SafeDumper):
    """A YAML dumper without anchors and aliases, which nobody writes by hand."""

    def ignore_aliases(self, _data: Any) -> bool:
        return True


def _front_matter(converted: Converted, aliases: Sequence[str], *, is_page: bool) -> dict[str, Any]:
    """The front matter of an article in the usual order of keys, without empty values."""
    metadata = converted.metadata
    has_series = bool(metadata.series) and metadata.part >= 1
    data: dict[str, Any] = {
        "title": metadata.title,
        "summary": "" if is_page and metadata.summary == metadata.title else metadata.summary,
        "published": _dated(metadata.published),
        "updated": _dated(metadata.updated),
        "expires": _dated(metadata.expires),
        "tags": list(metadata.tags),
        "series": {"name": metadata.series, "part": metadata.part} if has_series else None,
        "featured": metadata.featured,
        "draft": metadata.draft,
        "author": metadata.authors[0] if len(metadata.authors) == 1 else None,
        "authors": metadata.authors if len(metadata.authors) > 1 else None,
        "language": metadata.language,
        "aliases": list(aliases),
        "cover": dict(zip(("src", "alt"), metadata.cover, strict=True)) if metadata.cover else None,
        "extra": metadata.extra,
    }
    data = {key: value for key, value in data.items() if value}
    return data if metadata.toc else {**data, "toc": False}


def _dated(value: date | datetime | None) -> _Dated | None:
    return None if value is None else _Dated(written_date(value))


class _Dated(str):
    """A date that YAML writes without quotes."""


_Dumper.add_representer(
    _Dated, lambda dumper, value: dumper.represent_scalar("tag:yaml.org,2002:timestamp", str(value))
)


def site_text(
    site: ForeignSite, time_zone: str, navigation: Sequence[tuple[str, str]], redirects: Mapping[str, str]
) -> str:
    """The ``site.toml`` of the imported site. ``time_zone`` is a known one, or empty."""
    lines = [f"title = {_toml(site.title or 'Imported site')}"]
    for key, value in (("tagline", site.tagline), ("description", site.description), ("author", site.author)):
        if value:
            lines.append(f"{key} = {_toml(value)}")
    if re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", site.language):
        lines.append(f"language = {_toml(site.language)}")
    host = re.match(r"https?://[^/?#\s]+", site.base_url)
    if host:
        lines.append(f"base_url = {_toml(host[0])}")
    if time_zone:
        lines.append(f"timezone = {_toml(time_zone)}")
    lines.append('heading_ids = "github"')
    for label, url in navigation:
        lines += ["", "[[navigation]]", f"label = {_toml(label)}", f"url = {_toml(url)}"]
    if redirects:
        lines += ["", "[redirects]", *(f"{_toml(old)} = {_toml(new)}" for old, new in sorted(redirects.items()))]
    return "\n".join(lines) + "\n"


def _toml(text: str) -> str:
    """A TOML string; its escapes are those of JSON."""
    return json.dumps(" ".join(text.split()), ensure_ascii=False).replace("\x7f", "\\u007f")
