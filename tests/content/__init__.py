"""Tests of ``shared.content``.

samples         small valid inputs
markdown_rules  what holds for the HTML of any Markdown
markdown        Markdown → HTML, sections, anchors
parsing         one file → Article
articles        articles from the real parser, by what a test gives or from files
folder          the content directory on disk
"""
