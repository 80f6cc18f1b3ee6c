"""The Vocabulary of a generation, for ``services.search.understanding``.

edits        whether two words are similar, by edit distance or beginning
neighbours   words of a generation that are similar to a given one
compounds    the spelling of a compound that was typed in lower case
vocabulary   the Vocabulary of one generation, with a cache of matches
"""
