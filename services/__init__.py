"""The services and the command that runs them.

render     the site
search     the search service
check      checks of the content
importing  the archives of other tools
exporting  the articles for other tools
cli        the ``perspective`` command
"""
