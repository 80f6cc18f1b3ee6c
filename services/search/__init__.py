"""The search service: an index of the articles, and a JSON endpoint.

schema              the field table
text                text → terms
understanding       the typed text → the query as the site understands it, for any engine
indexing            articles → an index that is up to date
engine              the search port: the contract of every engine
cpu                 runs the CPU work of answering, on the event loop or in threads
embedded            the port over an engine in this process
arrays              documents as packed arrays, and what both engines compute with them
engine_whoosh       the embedded engine: the arrays in files, beside a Whoosh index
engine_opensearch   the engine of a cluster
answering           queries → the bytes of their answers
relevance           judged queries
handlers            one handler per address, and the translation of errors
openapi             the description of the service in OpenAPI 3.1
reranking           the port of engines whose hits can be reranked
second_stage        whether the second stage is enabled, and the way to open it
semantic            the second stage: ranking by meaning
credentials         the files of a cluster that the settings name: a password, a token, its authority
opening             settings → the store of the engine that they name
app                 the composition root
worker              the program of one worker
run                 a process that answers with an indexer as its child, or a supervisor of several
"""
