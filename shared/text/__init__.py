"""Text as people compare it. It knows no article, no query and no index.

folding   which letters count as the same
nearest   the known name that a mistyped one is most like
"""
