"""Text → terms, for articles and queries alike. Does not depend on an index; reads no files but lists of words.

words         lists of words that exist, and of British spellings (a package)
compounds     the words inside ``HTTPServer``, ``x-request-id`` or ``std::vector``
stemming      the stems and stop words of English
languages     the other languages that text is analysed in
tokens        text → tokens: the analyzer
terms         the term of a word in the index, in each language
joined        compounds that some languages write as one word
term_table    the terms of whole texts as columns of numbers
synonyms      groups of synonyms, and their matches in a query
dictionaries  synonyms and own words of a site, and their part in the name of a generation
quotes        the quotation marks of other keyboards → straight ones
query_tree    a query as a tree of values
query         the text of a query → a tree
"""
