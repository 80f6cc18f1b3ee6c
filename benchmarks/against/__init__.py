"""``python -m benchmarks --against CHECKOUT``: this checkout beside an older one, in the same minutes.

measured   work inside one process, run by the Python of either checkout
worker     the process that runs it
works      all work that is measured in one checkout: in its worker, and by HTTP
compare    rounds that alternate between the two, and their ratios
"""
