"""Requests to the cluster: reads, writes and the writer's lease.

connection   requests, deadlines, and one reason for whatever goes wrong
lease        which indexer may write
bulk         documents in, every single result checked
"""
