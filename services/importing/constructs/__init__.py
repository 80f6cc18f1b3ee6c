"""Converting what other tools write in their Markdown. Pure: a Draft in, the same Draft changed, findings beside it.

``draft`` is the working text, ``dialect`` the table of how a construct is spelt here. Then, in the order in which a
document
meets them: ``liquid`` and ``shortcodes`` (templates), ``mdx`` (components), ``containers`` (``:::``, ``!!!``,
``===``, alerts), ``fences``, ``markup``
(raw HTML, attribute lists, emoji, icons), ``headings``, ``summary``; ``plain`` turns Markdown into words.
"""
