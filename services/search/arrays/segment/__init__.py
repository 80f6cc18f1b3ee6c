"""The layout of a segment: written once, read by every query.

columns           the attributes of documents: filters, facets, orders
memory_segment    documents before packing: every position of every term
build             articles → segments or documents of an engine, on all processors
phrases           the phrases that completions offer
document_arrays   the arrays about documents
layout            the arrays of a segment, and the numbers in them
stem_groups       terms → stem groups, and the arrays about both
derived           the arrays that follow from terms and postings
pack              in-memory segments → packed arrays
merge_documents   the arrays about documents of several segments → those of one
merge             packed segments → one in a file, without what was deleted
segment           the postings of one segment, open for reading
generation        all segments of one generation as one index
"""
