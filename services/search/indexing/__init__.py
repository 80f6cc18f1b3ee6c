"""Articles → documents → an up-to-date index, in a process of its own.

content_source   the visible articles, whenever they change
changes          the difference between an index and the articles
texts            Article → ArticleText: its text by field, for any engine
documents        ArticleText → IndexDocument: terms, positions and offsets
stored           IndexDocument → the fields of a hit, and the keys of exact matches
completions      the keys that a title, heading or tag is completed by
state            the state of the indexer, as one frozen value
indexer          the program that keeps the index up to date
feed             the state of the indexer in a process that answers
"""
