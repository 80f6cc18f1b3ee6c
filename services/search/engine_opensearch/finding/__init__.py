"""A query → the candidates that match it.

understand   what a reader meant, asked of the cluster where the lexicon does not say it
queries      groups of a plan → queries of OpenSearch
answer       what a search answered, checked
"""
