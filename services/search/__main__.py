"""``python -m services.search``: the same as ``perspective search``."""

from __future__ import annotations

import sys

from services.__main__ import main

if __name__ == "__main__":
    main(["search", *sys.argv[1:]])
