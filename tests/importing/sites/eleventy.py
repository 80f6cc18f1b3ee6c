# ruff: noqa: E501 - text of other tools
"""A small site of Eleventy."""

from __future__ import annotations

from tests.importing.sites.files import Files

ELEVENTY: Files = {
    "eleventy.config.js": "export default function (config) { config.addPassthroughCopy('img'); return { dir: { input: 'src' } }; }\n",
    "src/_data/site.json": '{"title": "Eleven notes", "url": "https://eleven.example.org", "author": {"name": "Ada"}}',
    "src/posts/posts.json": '{"tags": ["post"], "permalink": "/writing/{{ page.fileSlug }}/"}',
    "src/posts/2021-02-03-first.md": """---
title: First
tags: [web components]
---
# First

{% set name = "world" %}Hello {{ name }} from {{ site.title }}.

{% callout "warning" %}
Careful.
{% endcallout %}

{% codetitle "app.js" %}

```js/1,2
one
two
```

```diff-js
-a
+b
```

{% raw %}{{ kept }}{% endraw %} {% addedin "2.0" %} {{ unknown.thing }}

[second](/writing/second/) <is-land>text</is-land>

{% include "part.njk" %}
""",
    "src/posts/second.md": "---\ntitle: Second\ndate: 2021-03-04\n---\nBack to [first]({{ '/writing/first/' | url }}).\n",
    "src/_includes/part.njk": "<p>Part of {{ site.title }}</p>\n",
    "src/about.md": "---\ntitle: About\n---\nWho.\n",
}  # fmt: skip
