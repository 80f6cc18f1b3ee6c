# ruff: noqa: E501 - text of other tools
"""Small sites in the form of each tool, with the constructs that its authors use most.

Nothing of anybody's site is in them.
"""

from __future__ import annotations

from pathlib import Path

#: The files of a site by path.
Files = dict[str, str | bytes]

#: A picture of one pixel, so that a site has one to carry.
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000 1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082".replace(
        " ", ""
    )
)

HUGO: Files = {
    "hugo.toml": """
baseURL = "https://blog.example.org/"
title = "Notes on queues"
languageCode = "en-GB"
timeZone = "Europe/Paris"
[params]
description = "How work waits."
version = "1.4"
[permalinks]
posts = "/:year/:month/:slug/"
[[menus.main]]
name = "Start"
url = "/posts/"
weight = 1
[[menus.main]]
name = "About"
pageRef = "/about"
weight = 2
""",
    "content/posts/first.md": """+++
title = "First post"
date = 2024-03-05T10:00:00
lastmod = 2024-04-01
slug = "the-first"
keywords = ["Queues", "C#"]
params.author = "Ada"
aliases = ["/old/first.html"]
+++
Work waits in a queue.

<!--more-->

## 4.4.1 / 2025

![A queue](/img/queue.png "Seen from above")

{{< figure src="/img/queue.png" alt="The queue again" caption="Again" >}}

See [the second]({{< ref "second.md#retries" >}}) and [by address](/2024/04/second/).

{{< youtube dQw4w9WgXcQ >}}

{{< x user="golang" id="1" >}}

{{< note >}}
Mind the **gap**.
{{< /note >}}

Version {{< param version >}}.

```go {linenos=table,hl_lines=[1,"2-3"]}
a := 1
b := 2
c := 3
```

```text
{{</* not/a/shortcode */>}}
```

{{< unknown thing >}}
""",
    "content/posts/second/index.md": """---
title: Second post
date: 2024-04-02
draft: false
tags: [queues, "Machine Learning"]
---

## Retries

![Beside](beside.png)
""",
    "content/posts/second/beside.png": PIXEL,
    "content/posts/unfinished.md": "---\ntitle: Unfinished\ndraft: true\n---\nLater.\n",
    "content/posts/_index.md": "---\ntitle: Posts\n---\n",
    "content/about.md": "---\ntitle: About\n---\n\nWho writes here.\n",
    "static/img/queue.png": PIXEL,
}  # fmt: skip

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

JEKYLL: Files = {
    "_config.yml": """
title: Jekyll notes
url: https://jekyll.example.org
baseurl: /notes
timezone: Europe/Berlin
author: {name: Ada}
repository: https://github.com/example/notes
""",
    "_data/links.yml": "docs: https://docs.example.org\n",
    "_includes/hint.html": "<p class=\"hint\">{{ include.text }}</p>\n",
    "_posts/2023-05-06-hello-world.md": """---
title: "Hello: world"
date: 2023-05-06 10:00:00 +0530
categories: [Travel Notes, go]
redirect_from: /first
---
Intro with {{ site.data.links.docs }}.

{% highlight ruby %}
puts "hi"
{% endhighlight %}

[repo]({{ site.repository }}/issues) and [next]({% post_url 2023-06-07-second %}) and [about]({% link about.md %}).

{% include hint.html text="Read on" %}

{% raw %}{{ literal }}{% endraw %}

## Setup
{: #install .big}

<h3>Raw heading</h3>

Done :tada:
{: .note}

* TOC
{:toc}

{% for post in site.posts %}x{% endfor %}
""",
    "_posts/2023-06-07-second.md": "---\npermalink: /special/\n---\n# Second\n\nSee [the first](/notes/travel%20notes/go/2023/05/06/hello-world.html#install).\n",
    "_drafts/idea.md": "---\ntitle: Idea\n---\nNot yet.\n",
    "about.md": "---\ntitle: About\npermalink: /about/\n---\nWho.\n",
    "index.html": "---\nlayout: home\n---\n",
}  # fmt: skip

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

DOCUSAURUS: Files = {
    "docusaurus.config.js": """
// @ts-check
const title = 'Docu notes';
module.exports = {
  title, tagline: 'Docs that answer', url: 'https://docu.example.org', baseUrl: '/',
  presets: [['classic', { docs: { sidebarPath: require.resolve('./sidebars.js') }, blog: { showReadingTime: true } }]],
  themeConfig: { navbar: { items: [{ type: 'doc', docId: 'intro', label: 'Docs' }, { to: '/blog', label: 'Blog' }] } },
  onBrokenLinks: process.env.CI ? 'throw' : 'warn',
};
""",
    "sidebars.js": "module.exports = { docs: [{ type: 'category', label: 'Start', items: ['intro', 'guide/setup'] }] };\n",
    "docs/01-intro.md": """---
title: Intro
description: Where to start
---
import Tabs from '@theme/Tabs';
import TabItem from '@theme/TabItem';
import Part from './_part.mdx';

<!-- prettier-ignore -->
## [Setup](./guide/setup.md#run-it) {#go}

:::caution Mind
Keep `:::` in code.
:::

<Tabs>
<TabItem value="npm" label="npm">

```bash
npm i
```

</TabItem>
<TabItem value="yarn" label="Yarn">

Use yarn.

</TabItem>
</Tabs>

A line<br/>and another.

```jsx {2} title="src/App.js" showLineNumbers
one
two
```

<Part />

{/* a comment */}
""",
    "docs/_part.mdx": "Shared words.\n",
    "docs/guide/setup.mdx": "# Setup\n\n## Run it\n\nNow <Unknown a={1}>inner</Unknown>.\n",
    "blog/2022-02-03-release.md": "---\ntitle: Release\nauthors: [ada]\ntags: [News]\n---\nOut now.\n\n<!-- truncate -->\n\n![Pixel](/img/p.png)\n",
    "blog/authors.yml": "ada:\n  name: Ada Lovelace\n",
    "static/img/p.png": PIXEL,
    "src/pages/index.js": "export default () => null;\n",
}  # fmt: skip

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

ASTRO: Files = {
    "astro.config.mjs": """
import { defineConfig } from 'astro/config';
import starlight from '@astrojs/starlight';
export default defineConfig({
  site: 'https://star.example.org',
  integrations: [starlight({ title: 'Star notes', sidebar: [{ label: 'Guides', items: ['guides/one', 'guides/two'] }] })],
});
""",
    "src/content/docs/index.mdx": "---\ntitle: Welcome\ndescription: The start\n---\nimport { LinkCard, CardGrid } from '@astrojs/starlight/components';\n\n<CardGrid>\n  <LinkCard title=\"One\" href=\"/guides/one/\" description=\"First\" />\n  <LinkCard title=\"Two\" href=\"/guides/two/#deep\" />\n</CardGrid>\n",
    "src/content/docs/guides/one.mdx": """---
title: One
description: The first guide
---
import { Tabs, TabItem, Aside, Steps, FileTree } from '@astrojs/starlight/components';
import logo from '../../../assets/logo.png';

<Aside type="caution" title="Mind">
Words.
</Aside>

<Tabs>
  <TabItem label="A">First.</TabItem>
  <TabItem label="B">Second.</TabItem>
</Tabs>

<Steps>
1. Do it.
2. Done.
</Steps>

<FileTree>
- src
  - index.js
</FileTree>

:::tip[Know]
A tip.
:::

```js title="a.js" {1,3-4} ins={2}
1
2
3
4
```

<Image src={logo} alt="Logo" />

Next: [two](/guides/two/).
""",
    "src/content/docs/guides/two.md": "---\ntitle: Two\ndescription: The second guide\n---\n\n## Deep\n\nEnd.\n",
    "src/assets/logo.png": PIXEL,
}  # fmt: skip

PELICAN: Files = {
    "pelicanconf.py": "import os\nSITENAME = 'Pelican notes'\nSITEURL = 'https://pelican.example.org'\nAUTHOR = 'Ada'\nTIMEZONE = 'Europe/Paris'\nPATH = 'content'\nARTICLE_URL = 'blog/{date:%Y}/{date:%m}/{slug}/'\nos.system('touch executed')\n",
    "content/first.md": """Title: The first
Date: 2013-05-06 07:08
Tags: python, Data Science
Slug: the-first
Summary: Short words.

<!-- PELICAN_BEGIN_SUMMARY -->
Lead.
<!-- PELICAN_END_SUMMARY -->

## Closed heading ##

{% img /images/p.png 100 A pixel %}

{% include_code hello.py lang:python Say hello %}

{% literal {{ x }} %}

Cost is $x^2$.

[next]({filename}second.md) and [root](/blog/2013/06/second/).
""",
    "content/second.md": "Title: Second\nDate: 2013-06-07\n\nWords.\n",
    "content/pages/about.md": "Title: About\n\nWho.\n",
    "content/images/p.png": PIXEL,
    "content/code/hello.py": "print('hello')\n",
    "content/other.rst": """Other post
==========

:date: 2013-07-08 09:10
:tags: rst

Some *words* with ``code`` and a link_ to `the first <{filename}/first.md>`_.

Part
----

.. sourcecode:: python
   :linenos: table

   print(1)

.. note:: Mind.

.. image:: {static}/images/p.png
   :alt: A pixel

1. one

   - two

.. foreign:: x

   kept

.. _link: https://example.org
""",
}  # fmt: skip

MARKDOWN: Files = {
    "README.md": "# Field notes\n\nStart at [one](notes/one.md).\n",
    "notes/one.md": "# One\n\nIt is [two](Two.md#what-s-up) and https://example.org.\n\n> [!WARNING]\n> Mind.\n\n![](../img/pic.png)\n\n- [ ] todo\n",
    "notes/Two.md": "---\ntitle: {#if wrong}\ndate: 2020-01-02\n---\n\n## What's up?\n\nBack [[one|to one]].\n",
    "2021/11/30/dated.md": "Words without a heading.\n",
    "img/pic.png": PIXEL,
}  # fmt: skip

SITES: dict[str, Files] = {
    "hugo": HUGO,
    "zola": ZOLA,
    "jekyll": JEKYLL,
    "mkdocs-material": MKDOCS,
    "docusaurus": DOCUSAURUS,
    "eleventy": ELEVENTY,
    "astro": ASTRO,
    "pelican": PELICAN,
    "markdown": MARKDOWN,
}


def write_site(folder: Path, files: Files) -> Path:
    """The files below ``folder``, which is returned."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder
