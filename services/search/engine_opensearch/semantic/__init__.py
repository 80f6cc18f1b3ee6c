"""The second stage on a cluster: vectors in an index of their own, beside that of the documents.

Needs the extra ``semantic``; only ``second_stage`` imports it.

vectors   the vectors of an article as a document
store     snapshots of vectors in the cluster, for the indexer that makes them
question  one query ranked by meaning
reader    ranks queries by meaning if there are vectors
"""
