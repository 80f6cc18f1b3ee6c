"""``python -m benchmarks --against CHECKOUT``: this checkout beside an older one, in the same minutes.

measured   work inside one process, run by the Python of either checkout
worker     the process that runs it
workloads  all workloads of one checkout: in its worker, and over HTTP
compare    rounds that alternate between the two, and their ratios
"""
