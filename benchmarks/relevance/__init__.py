"""Relevance: this project compared with other engines, on judged queries of the site and of collections.

collections  documents, queries, and the grades of the documents that answer each
anchors      queries and answers from the links of a corpus
contestants  the engines side by side
link_texts   link texts as a field, without those that are asked for
cluster      this project on a cluster, beside the embedded engine
meaning      this project with its second stage, and the questions that it is for
proposals    what each contestant proposes to judge
judgements   grades of passages, made blind and partly twice
pooling      completes the judgements of the questions, as TREC does
typos        how often a correction is right
as_typed     what stands first while a reader types
"""
