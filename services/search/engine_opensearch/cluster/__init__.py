"""Requests to the cluster: reads, writes and the writer's lease.

connection   requests, deadlines, and one error for any failure
lease        the right of one indexer to write
bulk         bulk writes, with each result checked
"""
