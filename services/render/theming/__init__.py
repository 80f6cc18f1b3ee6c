"""The look of a site, from ``site.toml`` and ``content/theme/``, as one frozen value.

own_files   reads content/theme/
stylesheet  the site's own colours and fonts as custom properties
theme       the value for pages, static files and social cards
cache       the current theme, built again when its files change
"""
