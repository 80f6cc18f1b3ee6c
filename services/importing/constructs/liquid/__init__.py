"""Liquid, Nunjucks and Jinja: template text in Markdown.

syntax     tags, outputs and comments as a tree
values     expressions, filters and arguments
place      where a tag stands: edits and reports
simple     tags whose words alone say what to write
samples    tags that hold or name code
includes   files that a tag includes
convert    all of the above in one call
"""

from services.importing.constructs.liquid.convert import convert_liquid

__all__ = ["convert_liquid"]
