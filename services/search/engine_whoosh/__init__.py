"""The embedded engine: Whoosh keeps the index, NumPy answers from it. The only package that imports whoosh.

store      generations on disk: manifest, writer, codec
segment    documents → the packed arrays of a segment, and all segments as one index
meaning    a query → the plan: what each word may match
matching   plan → documents, scores and facets
showing    documents → hits with sections, snippets, suggestions
engine     the LocalEngine over one generation
"""
