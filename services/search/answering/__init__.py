"""Questions → the bytes of their answers, from the current generation.

parameters    parameters of completions and related articles
generations   the generation that answers now
flights       one answer for all clients that ask the same at once
written       the words of corrections as articles write them
answers       question → the bytes of its answer, from the cache or the engine
measures      metrics of index, cache, CPU work and indexer
readiness     the checks of /readyz
"""
