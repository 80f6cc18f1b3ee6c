"""The services and the command that runs them.

render   the site
search   the search service
check    checks of the content
cli      the ``perspective`` command
"""
