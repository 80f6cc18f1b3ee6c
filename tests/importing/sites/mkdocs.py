# ruff: noqa: E501 - text of other tools
"""A small site of MkDocs Material."""

from __future__ import annotations

from tests.importing.sites.files import PIXEL, Files

MKDOCS: Files = {
    "mkdocs.yml": """
site_name: Material notes
site_url: https://material.example.org/
site_description: Docs and a blog
markdown_extensions:
  - pymdownx.emoji:
      emoji_index: !!python/name:material.extensions.emoji.twemoji
  - pymdownx.keys
  - pymdownx.snippets:
      base_path: [snippets]
plugins:
  - blog
  - redirects:
      redirect_maps:
        'old.md': 'guide/install.md'
nav:
  - Home: index.md
  - Guide:
      - Install: guide/install.md
      - Use: guide/use.md
""",
    "docs/index.md": "# Welcome\n\nThe docs.\n",
    "docs/guide/install.md": """# Install

Press ++ctrl+c++ :material-check:{ .ok } :smile:

=== "pip"

    ```bash
    pip install notes
    ```

=== "uv"

    ```bash
    uv add notes
    ```

!!! info inline end "Mind"
    A **note**.

??? example "Folded"
    Inside.

``` { .yaml .annotate title="a.yml" hl_lines="1 2" linenums="1" }
a: 1 # (1)!
b: [
```

1. First

<div class="grid cards" markdown>

- one

</div>

## Options { #opts data-toc-label="O" }

### Make `__init__()`

See [`run()`][notes.run]: it runs.

--8<-- "warn.md"

![Logo](../img/logo.png){ align=left width=100 } and [use](use.md#steps).
""",
    "docs/guide/use.md": "# Use\n\n## Steps\n\nBack to [options](install.md#opts).\n",
    "docs/img/logo.png": PIXEL,
    "docs/blog/index.md": "# Blog\n",
    "docs/blog/.authors.yml": "authors:\n  ada:\n    name: Ada Lovelace\n",
    "docs/blog/posts/launch.md": "---\ndate:\n  created: 2024-02-03 10:00:00\n  updated: 2024-02-04\nauthors: [ada]\ncategories: [News]\n---\n# We launch\n\nToday.\n\n<!-- more -->\n\nMore.\n",
    "snippets/warn.md": "Careful.\n",
}  # fmt: skip
