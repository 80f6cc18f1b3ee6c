"""The words of a generation, for ``services.search.meaning``.

edits        whether words are similar, and by how many edits
neighbours   words near one that no article has
compounds    how the site writes a compound that was typed in lower case
vocabulary   the Vocabulary of one generation; it remembers what was matched
"""
