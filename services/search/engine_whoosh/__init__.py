"""The embedded engine: NumPy answers from packed arrays; beside them lies the same index in Whoosh's own format.

The only package that imports whoosh.

store      generations on disk: manifest, writer, the Whoosh index
segment    documents → the packed arrays of a segment, and all segments as one index
meaning    a query → the plan: what each word may match
matching   plan → documents, scores and facets
showing    documents → hits with sections, snippets, suggestions
engine     the LocalEngine over one generation
"""
