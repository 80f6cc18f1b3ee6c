"""The state of one import: the job, the source as read, and the decisions so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from pathlib import Path

from services.importing.findings import Findings
from services.importing.foreign_site import ForeignSite
from services.importing.metadata.table import Metadata
from services.importing.reading.source_tree import SourceTree
from services.importing.writing import Manifest


@dataclass(frozen=True, slots=True)
class Job:
    """What to import: the source folder, the target folder, and options."""

    kind: str
    source: Path
    target: Path
    now: datetime
    is_dry_run: bool = False
    may_merge: bool = False


@dataclass(slots=True)
class Work:
    """The state of one import. ``places`` and ``metadata`` are by path of the source."""

    job: Job
    tree: SourceTree
    site: ForeignSite
    zone: tzinfo
    findings: Findings
    manifest: Manifest
    places: dict[str, str] = field(default_factory=dict)
    dates: dict[str, str] = field(default_factory=dict)
    metadata: dict[str, Metadata] = field(default_factory=dict)
    texts: dict[str, str | None] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    pictures: int = 0
    aliases: int = 0
