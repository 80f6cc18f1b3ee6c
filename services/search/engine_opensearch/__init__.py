"""The engine for sites that outgrow one machine: OpenSearch matches and counts, ``search.arrays`` ranks.

The only package that imports opensearchpy.

cluster   requests, bulk writes, and the lease of the writer
indexes   articles → an index of the cluster, and how it is published
finding   a query → what it means, and the candidates that have it
showing   candidates → hits, completions and related articles
meaning   the second stage: vectors in the cluster, and queries read with them
stage     the second stage as the engine sees it
engine    the SearchEngine over a cluster
store     the IndexStore of a cluster
"""
