"""Documents → hits and completions.

sections   the sections of an article that answer
windows    the window of a section that its snippet shows
snippets   text around matches
hits       the hits of one page
explain    a score as a tree whose values add up
suggest    completions as a reader types
related    related articles
"""
