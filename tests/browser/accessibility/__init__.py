"""Accessibility: what axe, keyboards and screen readers find.

firefox  Firefox by WebDriver BiDi, to read its accessibility tree
"""
