"""The current site: its pages and their cached answers.

A new Library or new search data makes a new Site; the old one serves until it is replaced.

refresh        content directory → publisher: the first load, and every change after it
scope          the input of every page: visible articles and configuration
old_paths      redirects for old paths and other spellings of an address
trial          a try of the site's own templates on one page of each kind
recipes        how the answer at each address is made
site           every address of the site and how its page is made
page_store     prepared pages, bounded in bytes
publisher      the site that is served now
recompression  recompresses repeatedly requested pages in the background
related        related articles, as the search service knows them
background     background tasks, restarted when they fail
verification   bodies parsed in the background, newest first
live           live reload for authors
"""
