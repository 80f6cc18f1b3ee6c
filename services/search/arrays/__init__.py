"""Documents as packed arrays, and what both engines compute with them.

index_format   the version of the arrays, and of the libraries that shape them
array_file     one file of named arrays, memory-mapped
checked_files  the files of segments, compared with their digests once and whenever they change
strings        many strings in two arrays
ranges         ranges of consecutive rows, and runs of equal values
segment        articles → the packed arrays of a segment, and all segments as one index
vocabulary     the Vocabulary of a generation, for ``search.understanding``
matching       plan → documents, scores and facets
showing        documents → hits with sections, snippets, suggestions
"""
