"""Content: a folder of Markdown becomes a Library, an immutable snapshot of the whole site.

Does not depend on the services, HTTP or an index. Data flows one way: a file is read in ``folder``, its text parsed in
``parsing`` and ``markdown``, and the Articles become a Library.

folder          the content directory: scan, read, load, watch
versions        the declared versions of the parser, which key everything derived from a parse
parsing         one file's text: front matter, validation, sanitizing, figures
markdown        tokens → HTML, sections, anchors
slug            names in addresses: slugs, anchors, permalinks
synonyms        names of front-matter keys in other tools
rules           the site's settings for parsing: its time zone, its rule for ids of headings
problem         a problem of the content, as a value
records         JSON records in the content folder
article         the model of one article
library_rules   rules between articles: unique addresses, one spelling of each name
library         the whole site, and the part that is visible at a given time

A problem of the content is a value, a Problem with path, line and fix, and problems are collected before anything
fails. Exceptions:

    ContentError
        InvalidContent        the content cannot be shown: ``problems`` says what, where and what to do
"""
