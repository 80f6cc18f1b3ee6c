"""The second stage of a search, by meaning.

Articles found by words are ranked by their meaning too, and a few are added that no word matched. Needs the extra
``semantic``; nothing imports this package without it.

passages   articles → the texts that get a vector
plain      the queries that are ranked by meaning: plain words, and questions
model      a model folder: its card and digest, and the Encoder Protocol
fetching   a model by its coordinates, verified
encoder    text → vector: the only import of onnxruntime and tokenizers
table      the vectors of one snapshot, and the similarity of a query to each
packed     the same, packed for products of whole numbers
store      snapshots on the disk
embedding  articles → snapshots
updating   snapshots that follow the index, in the background
fusion     scores by words and by meaning → one score
scoring    the candidates of one query, scored section by section
ranking    one query: hits reranked, sections chosen, articles added
stage      the store whose engines rank by meaning if there are vectors
"""
