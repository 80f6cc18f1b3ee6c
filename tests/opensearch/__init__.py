"""The engine on a cluster: three real nodes of OpenSearch that fail.

host      a cluster of three nodes on this machine, or one at a given address
searches  searches of a reader that go on while nodes fail
campaign  ``make cluster-campaign``: kills and pauses each node, and prints what readers noticed
"""
