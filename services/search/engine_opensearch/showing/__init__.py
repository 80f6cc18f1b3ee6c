"""Candidates → hits and completions.

window    candidates as a small index in memory
page      the candidates ranked again, and the hits of the page
suggest   completions
related   related articles
"""
