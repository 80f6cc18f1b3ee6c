"""Which words exist, and which are two spellings of one. Pure, except that the lists of this package are read once.

spellings  British spellings as American ones
names      names with signs or digits, and their spellings in plain words
edits      the listed words within one edit of a word
known      whether a word exists in English or in technical vocabulary, so that it is not a typo

The lists are made by ``python -m benchmarks.word_lists``; LICENSES.md says where they come from.
"""
