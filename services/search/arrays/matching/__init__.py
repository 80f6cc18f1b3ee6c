"""Plan → documents, scores and facets.

sets        union and intersection of document and section numbers
postings    the postings of a query's terms in one segment
sequences   phrases and words in order
matching    weighted term frequencies for each document
titles      how much of the query a title has
evidence    proximity, title and heading matches in the top documents
ranking     BM25F and boosts → documents in order
messages    whether anything answers the message of a program
facets      filters and exact facet counts
"""
