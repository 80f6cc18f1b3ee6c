"""Documents → hits and completions.

sections   the sections of an article to link to
windows    the window of a section that its snippet shows
snippets   windows → marked text
hits       the hits of one page
explain    a score as a tree whose values add up
suggest    completions of an unfinished query
related    related articles
"""
