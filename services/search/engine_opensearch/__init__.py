"""The engine for sites that outgrow one machine: OpenSearch matches and counts, ``search.arrays`` ranks.

The only package that imports opensearchpy.

cluster   requests, bulk writes, and the lease of the writer
indexes   articles → an index of the cluster, and its publication
finding   a query → the candidates that match it
showing   candidates → hits, completions and related articles
semantic  the second stage: vectors in the cluster, and ranking by them
stage     the port between the engine and the second stage
engine    the SearchEngine over a cluster
store     the IndexStore of a cluster
"""
