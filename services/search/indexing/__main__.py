"""``python -m services.search.indexing``: the indexer.

The processes of a pool import the module that was started, unless it is called ``__main__``. They need no indexer.
"""

from __future__ import annotations

from services.search.indexing.indexer import main

if __name__ == "__main__":
    main()
