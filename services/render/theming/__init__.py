"""The look of a site: what ``site.toml`` and ``content/theme/`` say of it, as one frozen value.

own_files   reads content/theme/
stylesheet  the site's own colours and fonts as custom properties
theme       the value that pages, static files and social cards are given
keeper      the theme now, made again when its files change
"""
