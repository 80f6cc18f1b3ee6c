"""What only an operator needs: checks of the settings, and the commands that show what readers do.

places    settings that name a file, a folder or an address → a line for each that cannot be used
insight   what visitors search for, and what they do not find
judging   a row of the insight → a judged query in relevance.toml
"""
