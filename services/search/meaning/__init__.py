"""What a query means on a site, for any engine: ``understand`` turns what was typed into one frozen value.

vocabulary   what an engine must say about its words
plan         a parsed query → what each word may match, and its weight
languages    the query in the languages of the index
messages     whether a text is what a program printed
readings     what looks like an operator and is text, and the reverse
compounds    compounds as the site writes them
spacing      words typed apart or run together
correction   which word was meant, and how sure that is
repairs      the words of one query that no article has → those that were meant
understand   all of it, in order: ``Understood``
"""
