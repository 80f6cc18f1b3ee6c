"""A query → the candidates that match it.

queries        groups of a plan → queries of OpenSearch
vocabulary     what the site has, for the one understanding of queries
asked          one query as the cluster is asked it, and as its candidates are ranked
answer         what a search answered, checked
index_reader   searches of the index behind the alias
found          one hit as the cluster gave it
candidates     the candidates of a query, and what is true of all hits
"""
