"""The campaign against both services: generated input (``make fuzz``) and accidents (``make torture``).

``python -m tests.campaign`` runs it.

cases    a numbered case, its random numbers, and the faults it finds
wire     raw HTTP/1.1: bytes out, answers in
damage   what can happen to a file, and to the articles of a site
fuzz     generated input, one module for each kind
torture  accidents, one module for each scene
"""
