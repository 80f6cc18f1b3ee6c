"""The commands that show an operator what readers do.

insight   what visitors search for, and what they do not find
judging   a row of the insight → a judged query in relevance.toml
"""
