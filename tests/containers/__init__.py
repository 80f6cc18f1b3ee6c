"""``compose.yaml`` in real containers.

engine  finds what can run compose.yaml on this machine
stack   compose.yaml on free ports, over a copy of the content
"""
