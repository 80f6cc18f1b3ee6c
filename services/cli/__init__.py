"""The ``perspective`` command: one module for each subcommand, imported only when it runs.

A container needs only its own extra: ``perspective search`` imports no template engine, ``perspective render`` no
index. Exit codes: 0 done, 1 failed (one line for each problem), 2 wrong arguments, 130 interrupted.

root             the command itself, and its table of subcommands
options          options that override the environment variable of the same name
output           what commands print, for any terminal
writing          start a site, write and publish drafts
export           write the site as files, or the articles for other tools
importing        carry the site of another tool into a content folder
check            validate the content
theme            check the site's own theme for ``check``
judged           evaluate the judged queries for ``check``
serve            both services in one terminal
render           the site alone
search           the search service alone
index            bring the index up to date
model            the model that ranks questions by meaning
migrate_search   how to move search to another engine
operating        what visitors search for
asking           search from the terminal; the tools for agents
"""
