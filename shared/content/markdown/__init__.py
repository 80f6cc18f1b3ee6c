"""Markdown: one parse gives the HTML of the page and the sections that search indexes.

The only imports of markdown-it-py and its plugins are in this package. It knows front matter and files only as values.
"""

from shared.content.markdown.body import BodyContext, parse_body

__all__ = ["BodyContext", "parse_body"]
