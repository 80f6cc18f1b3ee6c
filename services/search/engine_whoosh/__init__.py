"""The embedded engine: files of packed arrays, and the same index in Whoosh's own format beside them.

The only package that imports whoosh. What it computes with the arrays is in ``search.arrays``.

store    generations on disk: manifest, writer, the Whoosh index
engine   the LocalEngine over one generation
"""
