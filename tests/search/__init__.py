"""Tests of ``services.search``, without the service around it.

corpus         generated articles whose words, compounds and code collide
text           text → terms
documentation  the tables of docs/search.md
understanding  the typed text → the query as the site understands it
indexing       articles → documents
arrays         documents as packed arrays
oracle         a plain scorer over Whoosh's postings, to compare with
engine_whoosh  the embedded engine
relevance      judged queries
"""
