"""The measured servers, each a module to run.

search     the search endpoint over any engine
bare       one body
collector  takes traces
"""
