"""Find what a page shows literally or loses, as problems with path and line. Reads tokens, changes none.

outline   gaps in the levels of headings
foreign   syntax of other tools, and unfinished Markdown, that a page would show literally
lost      what was never closed, or nothing leads to, and no reader sees
"""
