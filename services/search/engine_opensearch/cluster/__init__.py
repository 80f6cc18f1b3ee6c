"""How the cluster is asked and written to.

connection   requests, deadlines, and one reason for whatever goes wrong
lease        which indexer may write
bulk         documents in, every single result checked
"""
