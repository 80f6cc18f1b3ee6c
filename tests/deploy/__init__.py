"""Tests of the files in ``deploy/``, by the programs that read them.

programs  where the programs are, or why a test is skipped
"""
