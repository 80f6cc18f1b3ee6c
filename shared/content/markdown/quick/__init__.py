"""Shortcuts through markdown-it: the same tokens in less time. Independent of this project's dialect.

first_characters  rules are tried only where the next character lets them begin
ordinary_text     ordinary lines of text are read by one pattern
plain_ends        lines that end as they should are left as they are
plain_links       ordinary destinations of links are read by one pattern
"""
