"""Raw HTML, attribute lists, includes and signs in prose: converted to Markdown if possible, else reported.

directives   what speaks to a tool or an editor
includes     files that are included: by name in code, elsewhere written out
jsx          attributes of JSX as HTML has them
elements     HTML that Markdown has a form for
removed      HTML that no page holds
attributes   attribute lists of kramdown and of Python-Markdown
characters   icons, emoji, marks and wiki links
convert      all of the above in one call
"""

from services.importing.constructs.markup.convert import convert_markup

__all__ = ["convert_markup"]
