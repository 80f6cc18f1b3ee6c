"""Markdown: one parse gives the HTML of the page and the sections that search indexes.

The only imports of markdown-it-py and its plugins are in this package. Front matter and files reach it as values.

quick         shortcuts through markdown-it that give the same tokens
containers    alerts, tabs, and raw HTML that holds Markdown
formulas      LaTeX → MathML
dialect       CommonMark and the plugins that docs/authoring.md names
tasks         task lists
text          inline tokens → plain text
code          blocks of code: the words after a fence, samples that can be run, figures
anchors       an id for each heading
faults        text that a page shows literally or loses: foreign syntax, unclosed parts, bad headings
references    links, pictures and raw HTML, collected and rewritten
placeholders  placeholders in HTML for drawings and labels, which do not pass the sanitizer
renderer      tokens → the HTML of a page
sections      tokens → the sections that search indexes
opening       how a body begins, for an article without a summary
body          all of the above in one call
"""

from shared.content.markdown.body import BodyContext, parse_body
from shared.content.markdown.opening import has_excerpt_mark, opening

__all__ = ["BodyContext", "has_excerpt_mark", "opening", "parse_body"]
