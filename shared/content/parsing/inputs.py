"""The inputs of a parse besides the text of its source. A value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from shared.content.folder.asset import Asset
from shared.content.folder.verified import VerifiedRecord
from shared.content.rules import ParseRules


@dataclass(frozen=True, slots=True)
class ParseInputs:
    """The files beside a source by name, the samples that ran, the rules of the site, and code of other files.

    ``included`` has the code of each ``include="…"`` of the source, as written there.

    Equal texts with equal inputs give equal articles: see ``article_digest``.
    """

    assets: Mapping[str, Asset] = field(default_factory=dict)
    verified: VerifiedRecord = field(default_factory=dict)
    rules: ParseRules = field(default_factory=ParseRules)
    included: Mapping[str, str] = field(default_factory=dict)
