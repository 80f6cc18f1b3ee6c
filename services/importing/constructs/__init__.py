"""Convert constructs of other tools' Markdown. Pure: a Draft is changed in place, with findings.

draft          the working text: what of it is code, and the line of the source that each line came from
context        what a converter may ask of the rest of the source
dialect        how each construct is spelt here: the one table that all converters write by
named          what a construct with a name means, whatever its brackets
liquid         Liquid, Nunjucks and Jinja
shortcodes     shortcodes of Hugo and Zola
mdx            imports, components and expressions of MDX
formulas       formulas in the signs of this site, left alone by what reads signs in prose
containers     ``:::``, ``!!!`` and ``???``
markup         raw HTML, attribute lists, emoji and icons
fences         the words behind a fence
headings       levels and ids
plain          Markdown as words, and the summary
"""
