"""Query understanding, for any engine: ``understand`` turns the typed text into one frozen value.

vocabulary   the words of an index: the Protocol that each engine implements
plan         the plan of a query: the alternatives of each word, with their weights
planning     ParsedQuery → Plan
languages    the query in the languages of the index
messages     whether a text is the message of a program
readings     operators that are meant as text, and the operators that remain
compounds    compounds as the site writes them
spacing      words typed apart or run together
correction   the likeliest corrections of one word
repairs      the repairs of one query, by spaces and by letters
understand   all steps in order → Understood
"""
