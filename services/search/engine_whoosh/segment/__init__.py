"""The layout of a segment: written once, read by every query.

columns           the attributes of documents: filters, facets, orders
memory_segment    documents before packing: every position of every term
phrases           the phrases that completions offer
document_arrays   the arrays about documents
pack              in-memory segments → packed arrays
merge_documents   the arrays about documents of several segments → those of one
merge             packed segments → one in a file, without what was deleted
generation        all segments of one generation as one index
"""
