"""Generations on disk, and how one replaces another.

array_file     one file of named arrays, memory-mapped
strings        many strings in two arrays
digest         the digest of everything that decides how articles become postings
known          what the writer remembers of a generation on disk
build          articles → in-memory segments, on all processors
codec          the Whoosh codec whose segments are packed arrays
index_writer   bring the index up to date and commit the next generation
current        CURRENT, the file that names the newest complete generation
pointer        CURRENT, as readers of one index format follow it
store          open a generation
"""
