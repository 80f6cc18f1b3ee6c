"""Tests of ``services.render``.

addresses  what an answer leads to
sites      small sites: sources as authors write them, parsed for real
site       which pages exist now, and their cached bytes
pages      contexts, templates, feeds, pictures
languages  the words of pages, feeds and scripts
theming    a site's own look
sending    negotiation, headers, static files
searching  the client of the search service, and search without it
insight    counts of queries, for an operator
"""
