"""Generations on disk, and the switch from one to the next.

An index directory is a Whoosh index that stock Whoosh opens. Beside each segment are its packed arrays, which the
engine maps.

manifest         CURRENT, the manifest of the newest complete generation, and its format
contents         the articles of a generation by slug
opening          the generation that a manifest describes
whoosh_schema    the field table as a Whoosh schema of stock classes
whoosh_postings  packed arrays → posting lists
whoosh_blocks    posting lists → the bytes that stock Whoosh reads
whoosh_segment   packed arrays → a stock segment in one file
whoosh_view      the index as stock Whoosh opens it, kept in step with the manifest
segment_files    the array files of segments: written, merged, named by a generation
maintenance      after a generation is published: merges of large segments, the Whoosh index
index_writer     bring the index up to date and publish the next generation
store            open a generation
"""
