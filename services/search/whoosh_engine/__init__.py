"""The embedded engine: Whoosh keeps the index, NumPy answers from it. The only package that imports whoosh.

array_file   one file of named arrays, memory-mapped
pack         documents → arrays of one segment; segments → one segment
codec        the Whoosh codec whose segments are those arrays
store        generations on disk: sync, open
generation   all segments of one generation as one index
…            expansion, scoring, snippets, suggestions on top of it
"""
