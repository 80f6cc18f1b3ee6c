"""Tests of the search service: HTTP, workers, the indexer, and the port of engines.

articles     a small site, made without parsing
engine       the contract of engines, and an engine in memory that keeps it
json_schema  validates values by the service's own description
"""
