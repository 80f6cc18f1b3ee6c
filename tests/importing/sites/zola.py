# ruff: noqa: E501 - text of other tools
"""A small site of Zola."""

from __future__ import annotations

from tests.importing.sites.files import Files

ZOLA: Files = {
    "config.toml": 'base_url = "https://zola.example.org"\ntitle = "Zola notes"\ndescription = "On compilers"\n',
    "content/_index.md": "+++\ntitle = 'Home'\n+++\n",
    "content/Release-1.2.md": """+++
path = "2024/11/26/Release-1.2"
title = "Release 1.2"
authors = ["Ada", "Grace"]
aliases = ["2024/11/26/Release-1.2.html"]
+++

# Release 1.2

Text of the [guide](@/guide.md#first-steps).

# What is new

<h3 id="speed">Speed</h3>

Faster.[^1]

[^1]: A little.

<details><summary>More</summary>

- inside

</details>

```rust,ignore
fn main() {}
```

{{ youtube(id="abc123") }}

<progress value="1"></progress>
""",
    "content/guide.md": "+++\ntitle = 'Guide'\ndate = 2024-01-02\n[taxonomies]\ntags = ['Guides']\n+++\n\n## First steps\n\nGo.\n",
}  # fmt: skip
