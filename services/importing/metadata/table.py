"""Convert the front matter of other tools to that of this site. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from typing import Any

from services.importing.metadata.dates import moment, parse_date
from services.importing.metadata.values import line, people, plain_value, texts, truth
from shared.content.parsing.front_matter import MAX_TAG_CHARS
from shared.content.slug import author_slug, tag_slug
from shared.content.synonyms import SYNONYMS, folded

#: Keys that mean "not for readers yet", in all tools.
_DRAFTS = frozenset({"draft", "drafts", "hidden", "unlisted", "private", "skip"})


@dataclass(slots=True)
class Metadata:
    """The metadata of an article under this site's keys. ``None`` and empty values are not written.

    ``notes`` are findings: outcome, construct, key and explanation.
    """

    title: str = ""
    summary: str = ""
    published: date | datetime | None = None
    updated: date | datetime | None = None
    expires: date | datetime | None = None
    tags: list[str] = field(default_factory=list)
    authors: list[str] = field(default_factory=list)
    aliases: list[str] = field(default_factory=list)
    featured: bool = False
    draft: bool = False
    toc: bool = True
    language: str = ""
    cover: tuple[str, str] | None = None
    series: str = ""
    part: int = 0
    extra: dict[str, Any] = field(default_factory=dict)
    notes: list[tuple[str, str, str, str]] = field(default_factory=list)


def read_metadata(
    data: Mapping[str, Any], zone: tzinfo, authors: Mapping[str, str], skip: Sequence[str] = ()
) -> Metadata:
    """Convert ``data``. ``zone`` is that of times without one; ``authors`` maps ids to names.

    ``skip`` names keys (folded) that the kind has used itself: they do not go to ``extra``.
    """
    return _Mapping(data, zone, authors, skip).read()


class _Mapping:
    def __init__(self, data: Mapping[str, Any], zone: tzinfo, authors: Mapping[str, str], skip: Sequence[str]) -> None:
        flat = dict(data)
        for table in ("taxonomies", "params", "extra"):
            inner = flat.get(table)
            if isinstance(inner, Mapping):
                flat = {**{key: value for key, value in inner.items() if key not in flat}, **flat}
                del flat[table]
        self._data = {folded(str(key)): value for key, value in flat.items()}
        self._keys = {folded(str(key)): str(key) for key in flat}
        self._zone = zone
        self._authors = authors
        self._used: set[str] = {folded(name) for name in skip}
        self._result = Metadata()

    def read(self) -> Metadata:
        """The whole table."""
        result = self._result
        result.draft = self._is_draft()
        self._dates()
        result.title = self._first("title", line)
        result.summary = self._first("summary", line)
        result.tags = self._tags()
        result.authors = self._author_names()
        result.aliases = [alias for name in SYNONYMS["aliases"] for alias in texts(self._take(name))]
        result.featured = bool(self._first("featured", lambda value: value is True or None))
        result.language = self._language()
        result.cover = self._cover()
        self._series()
        self._toc()
        result.extra = self._extra()
        return result

    def _take(self, name: str) -> Any:
        self._used.add(name)
        return self._data.get(name)

    def _first(self, key: str, convert: Callable[[Any], Any]) -> Any:
        """The first synonym of ``key`` whose value can be converted. Later ones stay for ``extra``."""
        for name in SYNONYMS[key]:
            if name in self._data and name not in self._used:
                value = convert(self._data[name])
                if value not in (None, ""):
                    self._used.add(name)
                    return value
        return "" if key != "featured" else False

    def _is_draft(self) -> bool:
        is_draft = truth(self._take("draft")) or truth(self._take("unlisted"))
        status = self._data.get("status")
        if isinstance(status, str):
            self._used.add("status")
            is_draft = is_draft or status.strip().lower() in _DRAFTS
        # Jekyll: ``published: false``; elsewhere it is a date.
        if isinstance(self._data.get("published"), bool):
            is_draft = is_draft or not self._data["published"]
            self._used.add("published")
        return is_draft

    def _dates(self) -> None:
        result = self._result
        for name in ("date", "lastupdate"):
            # Material's blog: date: {created: …, updated: …}; Docusaurus: last_update: {date: …}
            table = self._data.get(name)
            if isinstance(table, Mapping):
                for inner, key in (("created", "date"), ("updated", "updated"), ("date", "lastupdated")):
                    if inner in table and (key == "date" or key not in self._data):
                        self._data[key] = table[inner]
                        self._keys.setdefault(key, key)
                if isinstance(self._data.get(name), Mapping):
                    del self._data[name]
        result.published = self._date("published")
        result.updated = self._date("updated")
        result.expires = self._date("expires")
        if (
            result.published
            and result.updated
            and moment(result.updated, self._zone) < moment(result.published, self._zone)
        ):
            result.updated = None

    def _date(self, key: str) -> date | datetime | None:
        for name in SYNONYMS[key]:
            if name in self._data and name not in self._used:
                value = self._data[name]
                found = parse_date(value, self._zone)
                if found is not None:
                    self._used.add(name)
                    return found
                if value not in (None, "", False):
                    self._result.notes.append(
                        (
                            "dropped",
                            "date that cannot be read",
                            self._keys[name],
                            f"{self._keys[name]}: {str(value)[:40]}",
                        )
                    )
        return None

    def _tags(self) -> list[str]:
        tags: list[str] = []
        for name in SYNONYMS["tags"]:
            if name == "keywords" and tags:
                # Keywords for search engines; if there are real tags, they are not subjects.
                continue
            for tag in texts(self._take(name)):
                label = " ".join("".join(filter(str.isprintable, tag.lstrip("#"))).split()).strip("/")[:MAX_TAG_CHARS]
                if tag_slug(label) not in {"", *map(tag_slug, tags)}:
                    tags.append(label)
        return tags

    def _author_names(self) -> list[str]:
        names: list[str] = []
        for name in SYNONYMS["authors"]:
            for author in people(self._take(name)):
                known = self._authors.get(author, self._authors.get(author.lower(), author))
                if known and author_slug(known) not in map(author_slug, names):
                    names.append(known)
        return names

    def _language(self) -> str:
        value = self._first("language", line)
        tag = str(value).replace("_", "-").partition(".")[0]
        return tag if re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", tag) else ""

    def _cover(self) -> tuple[str, str] | None:
        for name in SYNONYMS["cover"]:
            value = self._data.get(name)
            if isinstance(value, Mapping):
                source = next(
                    (
                        value[key]
                        for key in ("src", "path", "url", "image", "file", "source", "teaser")
                        if isinstance(value.get(key), str)
                    ),
                    "",
                )
                text = next((str(value[key]) for key in ("alt", "caption", "title") if value.get(key)), "")
            else:
                source, text = (value if isinstance(value, str) else ""), ""
            if source.strip():
                self._used.add(name)
                alternatives = (self._data.get(key) for key in (f"{name}alt", "imagealt", "coveralt", "alt"))
                return source.strip(), text or next((line(one) for one in alternatives if one), "")
        return None

    def _series(self) -> None:
        stated = self._data.get("series")
        if isinstance(stated, Mapping):
            part = stated.get("part") or stated.get("order") or stated.get("index")
            self._used.add("series")
            self._result.series = line(stated.get("name") or stated.get("title") or "")
            self._result.part = int(str(part)) if str(part or "").isdigit() else 0
            return
        names = texts(stated)
        if not names:
            return
        self._used.add("series")
        self._result.series = " ".join(names[0].split())
        for name in ("seriesorder", "seriespart", "seriesindex", "part", "seriesweight"):
            value = self._data.get(name)
            if isinstance(value, int | str) and str(value).strip().isdigit():
                self._result.part = int(value)
                self._used.add(name)
                break

    def _toc(self) -> None:
        for name in SYNONYMS["toc"]:
            value = self._data.get(name)
            if isinstance(value, bool):
                self._used.add(name)
                self._result.toc = not value if name.startswith("hide") else value

    def _extra(self) -> dict[str, Any]:
        return {
            self._keys[name]: plain_value(value)
            for name, value in self._data.items()
            if name not in self._used and value not in (None, "", [], {}) and name in self._keys
        }
