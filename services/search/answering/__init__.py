"""Queries → bytes: the current generation, the cache, and where the work runs.

parameters    parameters of completions and related articles
generations   the generation that answers now
flights       one answer for all clients that ask the same at once
answers       query → the bytes of its answer
measures      metrics of index, cache and workers
readiness     what makes the service fit to serve, or degraded
"""
