"""Articles → an index of the cluster.

mapping      the analysis, the fields and the version of the index
columns      the terms and occurrences of an article, as they travel
documents    articles → documents of the cluster
batch        some articles ready to be sent, with their counts
lexicon      the words of the index with their counts
generation   the document that names a generation
tally        sums over all articles
publishing   the switch of readers from one index to the next
contents     the articles of the index, for the writer
writer       full builds and edits, and their publication
"""
