"""The ``perspective`` command: one module for each subcommand, imported only when it is asked for.

So a container needs only its own extra: ``perspective search`` imports no template engine, ``perspective render`` no
index. Statuses: 0 done, 1 it failed (a line for each thing that is wrong), 2 wrong arguments, 130 interrupted.
"""
