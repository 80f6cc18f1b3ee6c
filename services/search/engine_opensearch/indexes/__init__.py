"""Articles → an index of the cluster.

mapping      the analysis, the fields and the version of the index
documents    articles → documents of the cluster, and the columns that rank them
lexicon      the words of the index with their counts
generation   the document that names a generation
writer       full builds and edits, and how they are published
"""
