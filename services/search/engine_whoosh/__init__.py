"""The embedded engine: files of packed arrays, and the same index in Whoosh's own format beside them.

The only package that imports whoosh. The computations on the arrays are in ``search.arrays``.

store    generations on disk: manifest, writer, the Whoosh index
engine   the LocalEngine over one generation
"""
