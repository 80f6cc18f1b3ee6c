"""Text as people compare it. Does not depend on articles, queries or an index.

folding   which letters count as the same
nearest   the known name that a mistyped one is most like
"""
