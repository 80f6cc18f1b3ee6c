"""Page content: a Scope becomes contexts, contexts become HTML, XML and pictures. Pure.

contexts        what templates receive: one frozen value for each kind of page
structured      structured data (schema.org as JSON-LD)
typeset         drawings and numbers beside the text
mount           the path below which the site is served, added to paths and stripped from them
html_rewrite    absolute addresses and picture sizes in a body's HTML
parts           links, head, layout, cards and pagers
listings        Scope → listing, tag, series and archive pages
articles        Scope → the page of an article
results         SearchResults → the page of results
feeds           Atom, RSS and JSON Feed
machine_files   sitemap, robots.txt, llms.txt, security.txt, OpenSearch description
pictures        pictures in several sizes, as WebP
social          the social card of an article
messages        messages in a parsed template → their translations
environments    Jinja2 with our messages and filters; the sandbox of a site's own templates
templates       contexts → HTML, by these
"""
