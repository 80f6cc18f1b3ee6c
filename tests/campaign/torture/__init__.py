"""Accidents, and what must hold after each: nothing lost, nothing wrong, healed by itself.

scene       what a scene counts
kills       SIGKILL while indexing, serving and editing
builds      a large index, killed or without room while it is built and merged
flips       single bits of the index and of the store of heads
disks       full disks
clocks      a clock that jumps
overload    more clients than there is capacity
rolling     replicas restarted in turn behind Caddy and nginx
run         the scenes one after the other, as a table
"""
