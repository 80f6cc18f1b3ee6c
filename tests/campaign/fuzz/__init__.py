"""Generated input, and what must hold for whatever comes of it.

texts      strings that mean something to a parser, a browser or a search engine
judging    the answers that every address of both services may give
web        requests, paths, headers and queries, as bytes on a socket
content    Markdown, front matter, tables of settings, diagrams and pictures
stores     files of the index and of the store of heads
run        all kinds for a time, as a table
"""
