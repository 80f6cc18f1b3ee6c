"""Plan → documents, scores and facets.

sets         union and intersection of document and section numbers
runs         terms of a query in one segment → runs of adjacent postings
postings     the postings and occurrences of a run, with their weights
sequences    phrases, compounds and synonyms: terms in order
matching     saturated term frequencies of each document
scores       BM25F, coverage and recency of each document
occurrences  where the words of a query stand in some documents
by_section   the score of each section of some documents
titles       the title bonus
evidence     proximity and headings of some documents
ranking      scores, bonuses and boosts → documents in order
messages     whether any article is about the message of a program
facets       filters and exact facet counts
"""
