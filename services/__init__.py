"""The services and the command that runs them.

render     the site
search     the search service
check      checks of the content
importing  the archives of other tools
agents     the articles for programs that read for people
exporting  the articles for other tools
cli        the ``perspective`` command
"""
