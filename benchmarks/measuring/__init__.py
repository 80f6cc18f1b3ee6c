"""From interleaved rounds to a page with tables.

machine  the machine and the versions that a run was made with
rounds   subjects measured in turns, in the same minutes
figures  percentiles, medians over rounds, ratios
report   tables of figures, and bars with whether they are met
show     reports on a terminal, and as a Markdown page
"""
