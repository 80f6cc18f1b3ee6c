"""The current site: its pages and their cached answers.

A new Library or new search data makes a new Site; the old one serves until it is replaced.

refresh       content directory → publisher: the first load, and every change after it
scope         what every page is made from: visible articles and configuration
old_paths     where a path leads that is nearly an address, or was one
trial         one page of each kind, made by templates of the site's own
site          every address of the site and how its page is made
page_store    prepared pages, bounded in bytes
publisher     the site that is served now
packing       compresses pages once more in the background
related       related articles, as the search service knows them
background    background tasks, restarted when they fail
verification  bodies parsed in the background, newest first
live          live reload for authors
"""
