"""The embedded engine: Whoosh keeps the index, NumPy answers from it. The only package that imports whoosh.

array_file        one file of named arrays, memory-mapped
pack              documents → arrays of one segment; segments → one segment
document_arrays   the arrays among them that are about documents
codec             the Whoosh codec whose segments are those arrays
store             generations on disk: sync, open
generation        all segments of one generation as one index
postings          a word of a query → its run of postings; sequences: phrases
matching          a group of the plan → documents and weighted frequencies
ranking           BM25F and bonuses; evidence: titles, headings, closeness
…                 sections, snippets, suggestions, corrections on top of it
"""
