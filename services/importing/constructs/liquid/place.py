"""Edit the text of a tag, and report it by its line."""

from __future__ import annotations

import re
from dataclasses import dataclass

from services.importing.constructs import dialect
from services.importing.constructs.context import Context
from services.importing.constructs.draft import Draft, Edit, line_before
from services.importing.constructs.liquid.syntax import Node
from services.importing.findings import Outcome


@dataclass(frozen=True, slots=True)
class Place:
    """A draft, its text when it was parsed, and the context."""

    draft: Draft
    context: Context
    text: str

    def is_in_target(self, node: Node) -> bool:
        """Whether a node is in an address or an attribute, where comments are not allowed."""
        line = line_before(self.text, node.start)
        return re.search(r"\]\([^)]*$|^\s*\[[^\]]+\]:\s*\S*$|<[A-Za-z][^>]*$|<https?:[^>]*$", line) is not None

    def starts_line(self, offset: int) -> bool:
        """Whether ``offset`` begins its line."""
        return offset == 0 or self.text[offset - 1] == "\n"

    def comment(self, node: Node) -> str:
        """A node as a comment; in code, nothing."""
        return "" if self.draft.is_code(node.start) else dialect.comment(self.text[node.start : node.end])

    def whole(self, node: Node, text: str) -> Edit:
        """The edit that replaces a node by ``text``."""
        return self.line(node.start, node.end, text)

    def apart(self, node: Node, text: str) -> str:
        """``text`` and an empty line, where its tag stood alone in a line above another one: both gave a block."""
        before = self.text[: node.start].rpartition("\n")[2]
        is_alone = not before.strip() and re.match(r"[ \t]*\n[ \t]*\{%", self.text[node.end : node.end + 200])
        return f"{text}\n" if is_alone and text.startswith(("[", "!")) and "\n" not in text else text

    def line(self, start: int, end: int, text: str) -> Edit:
        """An edit; a tag alone on its line that leaves nothing removes the line."""
        if text:
            return start, end, text
        begin = self.text.rfind("\n", 0, start) + 1
        finish = self.text.find("\n", end)
        finish = len(self.text) if finish < 0 else finish
        if not self.text[begin:start].strip() and not self.text[end:finish].strip() and start > begin - 1:
            return begin, min(finish + 1, len(self.text)), ""
        return start, end, ""

    def report(self, outcome: Outcome, construct: str, node: Node, note: str = "") -> None:
        """Record a finding at a node."""
        self.draft.report(outcome, construct, node.start, " ".join(note.split())[:120])
