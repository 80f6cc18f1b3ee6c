"""Text → terms, for articles and queries alike. Pure; does not depend on an index.

words        lists of words that exist, and of British spellings (a package)
compounds    the words inside ``HTTPServer``, ``x-request-id`` or ``std::vector``
stemming     the stems and stop words of English
languages    the other languages that text is analysed in
tokens       text → tokens: the analyzer
joined       words that some languages write as one
terms        what the index holds for a word, in each language
term_table   the terms of whole texts as columns of numbers
synonyms     groups of equal terms, and where a query holds one
query_tree   a query as a tree of values
query        what a reader typed → a tree
"""
