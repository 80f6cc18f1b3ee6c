"""``python -m services.render``: the same as ``perspective render``."""

from __future__ import annotations

import sys

from services.__main__ import main

if __name__ == "__main__":
    main(["render", *sys.argv[1:]])
