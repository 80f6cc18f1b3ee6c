"""Judged queries, and the evaluation of an engine by them.

judged        the queries of content/relevance.toml, and their evaluation
evaluation    metrics of a ranking, from 0 to 1
"""
