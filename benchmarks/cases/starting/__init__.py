"""From the start of a process to its first answer.

search_start  the search service alone, with its index present
cold_start    a large site: first page, first search, restart, edit, every page
huge_start    five times that site: first page, memory, searches
"""
