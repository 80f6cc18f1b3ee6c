"""What an operator needs: checks of settings, events at a terminal, commands that show what readers do.

preflight  settings that name a file, a folder or an address → a line for each that cannot be used
terminal   events of both services → lines for an author
insight    what visitors search for, and what they do not find
judging    a row of the insight → a judged query in relevance.toml
"""
