"""Candidates → what a reader sees.

window    candidates as a small index in memory
suggest   completions
related   articles like one
"""
