"""The site: pages, feeds and pictures of a folder of articles.

site              which pages exist now
theming           the look of the site, as one value
languages         words, dates and numbers in the language of the site
pages             contexts and templates of pages, feeds, pictures
sending           prepared answers on their way to a client
searching         the search service, and its replacement while it is unavailable
insight           counts of queries, without a record of any reader
previews          links to drafts that expire
handlers          requests → pages
search_handlers   the search service under the site's own address
mcp_handlers      tools for agents
errors            errors → statuses and pages
status            gauges, readiness checks, log lines for changes of state
app               the composition root
"""
