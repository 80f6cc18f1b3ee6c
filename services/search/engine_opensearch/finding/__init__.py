"""A query → the candidates that match it.

queries        groups of a plan → queries of OpenSearch
vocabulary     the Vocabulary of the index, with counts from the cluster
asked          one query as a request, and as the groups that rank its candidates
answer         the checked response to a search
index_reader   searches of the index behind the alias
hit            one hit of a response
candidates     the candidates of a query, and the totals of all hits
"""
