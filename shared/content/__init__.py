"""Content: a folder of Markdown becomes a Library, an immutable snapshot of the whole site.

It knows no service, no HTTP and no index. Data flows one way:

    tree (scan) → loader (read) → parse (front matter, Markdown) → Article → Library → watch (the next Library)

What is wrong with content is a value, a Problem with path, line and fix, and problems are collected before anything
fails. Exceptions:

    ContentError
        InvalidContent        what an author wrote cannot be shown: ``problems`` says where and what to do
        SampleUnavailable     a code sample cannot be run here: what it needs is not on this machine
"""
