"""Compare and read text. Does not depend on articles, queries or an index.

folding    which letters count as the same
collation  the order of names in a language
origins    whether a text is the address of a site or a service
nearest    the known name that a mistyped one is most like
counted    a number with its noun, as commands print it
messages   our texts that are translated, and labels in HTML
visible    text of others for a terminal, with what would steer it escaped
digest     one digest of several texts
"""
