"""The second stage of a search, by meaning.

Articles found by words are ordered by their meaning too, and joined by a few that only mean the same. Needs the extra
``semantic``; nothing imports this package without it.

passages   articles → the texts that get a vector
model      a model folder: what it says, what names it, and the Encoder that is made of it
fetching   a model by its coordinates, verified
encoder    text → vector: the only import of onnxruntime and tokenizers
table      vectors of one snapshot, and how close a query is to each
store      snapshots on the disk
making     articles → snapshots
keeping    snapshots that follow the index, in the background
plain      which queries are read for their meaning
fusion     scores by words and by meaning → one
reading    one query: hits ordered, sections led to, articles added
stage      the SecondStage, as soon as there is a model with vectors
"""
