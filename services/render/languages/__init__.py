"""The words that pages, feeds and scripts show, in the language of the site.

direction   the writing direction of a language
catalogue   one gettext catalogue (.po): read, and checked against our messages
interface   words, dates and numbers in one language
choice      which catalogues there are, and the interface for a language tag
scripts     translates the messages of scripts

``locale/`` holds our catalogues and their template, ``messages.pot``; ``make messages`` brings both up to date.
"""
