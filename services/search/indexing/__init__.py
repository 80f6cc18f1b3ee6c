"""Articles → documents → an up-to-date index, in a process of its own.

content_source   the articles that may be found now, whenever that changes
changes          what has to change in an index
texts            Article → ArticleText: its text by field, for any engine
documents        ArticleText → IndexDocument: terms, positions and offsets
stored           IndexDocument → what a hit shows, and the keys that it equals
completions      where a title, heading or tag can be completed from
state            what the indexer reports, as one frozen value
indexer          the program that keeps the index up to date
feed             how a serving process learns the indexer's state
"""
