"""A block of code as a figure: language, title, verification, and the code."""

from __future__ import annotations

from html import escape

from shared.content.folder.verified import VerifiedRecord
from shared.content.markdown.code.fences import Fence
from shared.content.markdown.placeholders import Placeholders
from shared.content.parsing.highlight import LineMarks, highlight, language_label
from shared.text.messages import message

#: Names of languages that are words, not proper names.
WORDS = frozenset({message("Text"), message("Output"), message("Shell session")})


def code_figure(fence: Fence, verified: VerifiedRecord, placeholders: Placeholders) -> str:
    """``<figure class="code">`` with a caption and the scrolling code.

    The caption holds ``.language``, ``.title`` and ``.verified`` if there are any, and an empty ``.actions`` into which
    the site's script puts the copy button.
    """
    language = escape(fence.language or "text")
    name = language_label(fence.language)
    parts = [
        f'<span class="language">{placeholders.label(name) if name in WORDS else escape(name, quote=False)}</span>'
    ]
    if fence.title:
        parts.append(f'<span class="title">{escape(fence.title, quote=False)}</span>')
    run = verified.get(fence.sample.digest) if fence.sample else None
    if run:
        said = message("Ran with %(version)s on %(date)s and printed what is shown")
        shown = placeholders.label(said, version=run.version, date=run.date)
        label = placeholders.label(message("Verified"))
        parts.append(f'<span class="verified" title="{shown}">{label}</span>')
    parts.append('<span class="actions"></span>')
    classes = "code output" if fence.language == "output" else "code"
    marks = LineMarks(fence.marked_lines, fence.inserted_lines, fence.deleted_lines, fence.first_number)
    # The line end after <pre> is not content (HTML, 4.4.3): without it a first empty line of code would be lost.
    return (
        f'<figure class="{classes}" data-language="{language}">\n<figcaption>{" ".join(parts)}</figcaption>\n'
        f'<div class="scroll"><pre tabindex="0"><code>{highlight(fence.code, fence.language, marks)}'
        "</code></pre></div>\n</figure>\n"
    )
