"""Servers that are measured, each a module to run: ``search`` over any engine, ``bare`` for one body."""
