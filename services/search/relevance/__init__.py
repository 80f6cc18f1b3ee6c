"""Judged queries, and how well an engine answers them.

judged        content/relevance.toml and its evaluation
evaluation    measures of a ranking, from 0 to 1
"""
